// Opens configuration files with bounds, and expands include patterns.
#include "config/source_reader.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <glob.h>

namespace config {
namespace {

constexpr std::size_t max_file_bytes = 4 * 1024 * 1024;
constexpr std::size_t max_all_bytes = 16 * 1024 * 1024;
constexpr std::size_t max_files = 1000;
constexpr std::size_t max_depth = 16;

struct Contents {
    std::string text;
    std::string error;
};

Contents read_file(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return {{}, "it is a directory"};
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return {{}, std::strerror(errno)};
    // One byte more than allowed is read, so that a device without an end is noticed and left.
    std::string text(max_file_bytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) return {{}, std::strerror(errno)};
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > max_file_bytes) return {{}, "it is larger than 4 MiB"};
    text.shrink_to_fit();
    return {std::move(text), {}};
}

std::string same_file_key(const std::string& path) {
    std::error_code ignored;
    auto canonical = std::filesystem::weakly_canonical(path, ignored);
    return ignored ? path : canonical.string();
}

std::vector<std::string> expand(const std::string& pattern) {
    glob_t found{};
    std::vector<std::string> result;
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        result.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    globfree(&found);
    return result;
}

}  // namespace

std::string directory_of(const std::string& path) {
    const auto parent = std::filesystem::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
}

std::uint32_t SourceReader::add_text(std::string name, std::string text) {
    ++files_;
    bytes_ += text.size();
    return report_.add_source({std::move(name), std::move(text), std::nullopt});
}

std::optional<std::uint32_t> SourceReader::read_main(const std::string& path) {
    auto contents = read_file(path);
    const auto file = add_text(path, std::move(contents.text));
    if (contents.error.empty()) return file;
    report_.error({file, 0, 0}, "cannot be read: " + contents.error);
    return std::nullopt;
}

std::vector<std::uint32_t> SourceReader::include(const std::string& pattern, const std::string& directory,
                                                 const Span& where) {
    if (includes_ == Includes::refuse) {
        report_.error(where, "include is not allowed here");
        return {};
    }
    if (pattern.empty()) {
        report_.error(where, "include needs a file name");
        return {};
    }
    const std::string full = pattern.starts_with('/') ? pattern : directory + '/' + pattern;
    std::vector<std::string> paths;
    if (full.find_first_of("*?[") == std::string::npos) {
        paths.push_back(full);
    } else {
        paths = expand(full);
    }
    std::vector<std::uint32_t> result;
    for (const auto& path : paths) {
        if (const auto file = include_file(path, where)) result.push_back(*file);
    }
    return result;
}

std::optional<std::uint32_t> SourceReader::include_file(const std::string& path, const Span& where) {
    if (is_being_read(path, where)) {
        report_.error(where, "\"" + path + "\" includes itself");
        return std::nullopt;
    }
    if (depth(where) >= max_depth) {
        report_.error(where, "includes are nested too deeply", "at most 16 levels are read");
        return std::nullopt;
    }
    if (files_ >= max_files || bytes_ >= max_all_bytes) {
        report_.error(where, "the configuration is too large", "at most 1000 files and 16 MiB are read");
        return std::nullopt;
    }
    auto contents = read_file(path);
    if (!contents.error.empty()) {
        report_.error(where, "cannot include \"" + path + "\": " + contents.error);
        return std::nullopt;
    }
    ++files_;
    bytes_ += contents.text.size();
    return report_.add_source(
        {path, std::move(contents.text), SourceFile::IncludedFrom{where.file, where.line}});
}

bool SourceReader::is_being_read(const std::string& path, const Span& where) const {
    const auto key = same_file_key(path);
    std::optional<SourceFile::IncludedFrom> from = SourceFile::IncludedFrom{where.file, where.line};
    for (; from; from = report_.source(from->file).included_from) {
        if (same_file_key(report_.source(from->file).name) == key) return true;
    }
    return false;
}

std::size_t SourceReader::depth(const Span& where) const {
    std::size_t levels = 0;
    for (auto from = report_.source(where.file).included_from; from;
         from = report_.source(from->file).included_from) {
        ++levels;
    }
    return levels;
}

}  // namespace config
