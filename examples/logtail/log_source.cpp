// Compares what the name means now with what is open, and reads at the places of the readers.
#include "logtail/log_source.hpp"

#include "logtail/log_text.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace logtail {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// Fills `buffer` from `offset`; less only at the end of the file.
std::string_view read_at(int descriptor, std::string& buffer, std::uint64_t offset) {
    std::size_t got = 0;
    while (got < buffer.size()) {
        const auto n =
            ::pread(descriptor, buffer.data() + got, buffer.size() - got, static_cast<off_t>(offset + got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail("reading the log");
        if (n == 0) break;
        got += static_cast<std::size_t>(n);
    }
    return {buffer.data(), got};
}

/// Back from the end of a full buffer without a line feed, so that no character is torn apart.
std::size_t character_boundary(std::string_view text) {
    for (std::size_t back = 1; back <= 3 && back < text.size(); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if (byte >= 0xC0) return text.size() - back;
        if (byte < 0x80) break;
    }
    return text.size();
}

std::uint64_t size_of(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) fail("looking at the log");
    return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

LogSource::OpenFile::~OpenFile() {
    ::close(descriptor);
}

std::uint64_t LogSource::look() {
    struct stat named {};
    // Between a rename and the new file there is no such name: what is open stays current.
    if (::stat(file_.c_str(), &named) != 0) return generations_.empty() ? 0 : newest();
    if (!S_ISREG(named.st_mode)) throw std::system_error(EINVAL, std::generic_category(), file_.string());
    const auto size = static_cast<std::uint64_t>(named.st_size);
    auto* current = generations_.empty() ? nullptr : &generations_.back();
    // The open descriptor keeps the inode from being given to another file.
    if (!current || current->device != named.st_dev || current->inode != named.st_ino) {
        const int descriptor = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor < 0 && errno == ENOENT) return generations_.empty() ? 0 : newest();
        if (descriptor < 0) fail(file_.string());
        auto opened = std::make_shared<OpenFile>(descriptor);
        struct stat status {};
        if (::fstat(descriptor, &status) != 0) fail(file_.string());
        add({std::move(opened), status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
             Content::readable});
    } else if (size < current->seen_size) {
        current->content = Content::truncated;
        add({current->file, current->device, current->inode, size, Content::readable});
    } else {
        current->seen_size = size;
    }
    return newest();
}

void LogSource::add(Generation generation) {
    generations_.push_back(std::move(generation));
    if (generations_.size() > kept_generations) {
        generations_.pop_front();
        ++oldest_;
    }
}

Place LogSource::tail(std::size_t lines, std::size_t most_bytes) const {
    if (generations_.empty()) return {oldest_, 0};
    const int current = descriptor();
    const auto size = size_of(current);
    const auto begin = size - std::min<std::uint64_t>(size, most_bytes);
    std::string window(static_cast<std::size_t>(size - begin), '\0');
    const auto text = read_at(current, window, begin);
    auto first = last_lines_begin(text, lines);
    if (begin > 0 && first == 0) first = text.find('\n') + 1;  // the window may begin inside a line
    return {newest(), begin + first};
}

std::optional<std::string> LogSource::read(Place& place, std::size_t most) {
    buffer_.resize(most);
    while (!generations_.empty() && place.generation <= newest()) {
        if (place.generation < oldest_) return std::nullopt;
        const auto& generation = generations_[place.generation - oldest_];
        const bool current = place.generation == newest();
        const auto text = generation.content == Content::truncated
                              ? std::string_view()
                              : read_at(generation.file->descriptor, buffer_, place.offset);
        std::size_t end = whole_lines_end(text);
        if (end == 0 && text.size() == most) end = character_boundary(text);
        if (end == 0 && !current) end = text.size();  // the last line of a file that was left unfinished
        place.offset += end;
        if (end > 0) return std::string(text.substr(0, end));
        if (current) break;
        place = {place.generation + 1, 0};
    }
    return std::string();
}

}  // namespace logtail
