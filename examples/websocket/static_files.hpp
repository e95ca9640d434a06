// Finds the file a page request means, and nothing outside its folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace backend {

class StaticFiles {
  public:
    /// Throws std::filesystem::filesystem_error if `root` is not there.
    explicit StaticFiles(const std::filesystem::path& root);

    /// `path`: decoded, begins with '/'; "/" means index.html. Nothing for a folder, a hidden file, a missing
    /// one, and whatever ends outside the root, through ".." or a symbolic link.
    std::optional<std::filesystem::path> find(std::string_view path) const;

  private:
    std::filesystem::path root_;
};

/// The media type for a file's extension; application/octet-stream if it is not known.
std::string_view media_type(const std::filesystem::path& file);

}  // namespace backend
