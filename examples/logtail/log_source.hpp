// A log file as an endless text: readers keep a place in it, across rotation by renaming and by truncation.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace logtail {

/// Where a reader stands: in which of the files that had this name, and at which byte.
struct Place {
    std::uint64_t generation = 0;
    std::uint64_t offset = 0;
    bool operator==(const Place&) const = default;
};

/// The file itself is the queue of every reader: a slow one costs a descriptor and a place, never lines in
/// memory, and still gets every line, also from a file that was renamed away meanwhile. What cannot be had
/// back, as with `tail -F`: lines that a truncation removed before they were read.
class LogSource {
  public:
    /// The file may be missing as yet. Nothing is opened before look().
    explicit LogSource(std::filesystem::path file) : file_(std::move(file)) {}

    /// Looks whether the file was created, replaced or truncated. Returns the generation now current, 0 if
    /// there has been none. Throws std::system_error if the file is there and cannot be read.
    std::uint64_t look();

    /// Before the last `lines` whole lines of the current file, as far as they are within its last
    /// `most_bytes`.
    Place tail(std::size_t lines, std::size_t most_bytes) const;

    /// Whole lines from `place` on, about `most` bytes of them, and moves `place` behind them; empty if there
    /// is nothing new. A longer line comes in pieces. Nothing if the file of `place` is no longer kept, since
    /// kept_generations newer ones came. Throws std::system_error on a read error.
    std::optional<std::string> read(Place& place, std::size_t most);

    /// The open descriptor of the current file, -1 if there is none.
    int descriptor() const { return generations_.empty() ? -1 : generations_.back().file->descriptor; }

    static constexpr std::size_t kept_generations = 8;

  private:
    struct OpenFile {
        int descriptor;
        explicit OpenFile(int opened) : descriptor(opened) {}
        OpenFile(const OpenFile&) = delete;
        OpenFile& operator=(const OpenFile&) = delete;
        ~OpenFile();
    };
    enum class Content { readable, truncated };
    struct Generation {
        std::shared_ptr<OpenFile> file;
        dev_t device;
        ino_t inode;
        std::uint64_t seen_size;
        Content content;
    };

    void add(Generation generation);
    std::uint64_t newest() const { return oldest_ + generations_.size() - 1; }

    std::filesystem::path file_;
    std::deque<Generation> generations_;
    std::uint64_t oldest_ = 1;  ///< the number of generations_.front()
    std::string buffer_;
};

}  // namespace logtail
