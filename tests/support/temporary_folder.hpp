// A folder of its own for one test, gone with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

class TemporaryFolder {
  public:
    TemporaryFolder() {
        const std::string to_be_made_unique(6, 'X');  // mkdtemp's contract
        std::string name = (std::filesystem::temp_directory_path() / ("tidegate-" + to_be_made_unique)).string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;  // what is left in the temporary directory fails no test
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// Adds `text` at the end of `file`, which may be new.
inline void append(const std::filesystem::path& file, std::string_view text) {
    std::ofstream(file, std::ios::app | std::ios::binary) << text;
}

/// As a careful writer does it: no reader ever finds half of the text.
inline void replace(const std::filesystem::path& file, std::string_view text) {
    std::filesystem::path draft = file;
    draft += ".new";
    append(draft, text);
    std::filesystem::rename(draft, file);
}

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
