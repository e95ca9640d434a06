// The file that tells the process id to `tidegate -s` and to service managers.
#pragma once

#include <sys/types.h>

#include <string>

#include "net/descriptor.hpp"
#include "net/failure.hpp"

namespace proxy::lifecycle {

/// Exists from create() to its destruction, and holds the number from write() on: the two are apart because creating
/// may need the privileges that are dropped before the number says that all is ready. When the directory may not be written to any more because privileges were
/// dropped, the file is emptied instead of removed.
class PidFile {
 public:
    static net::IoResult<PidFile> create(const std::string& path);
    net::ErrorCode write();

    PidFile() = default;
    PidFile(PidFile&&) = default;
    PidFile& operator=(PidFile&& other) noexcept;
    ~PidFile();

 private:
    std::string path_;
    net::Descriptor descriptor_;
};

/// The process id in a pid file. Errors: those of open(2); no_such_process for a file without a number.
net::IoResult<pid_t> read_pid(const std::string& path);

}  // namespace proxy::lifecycle
