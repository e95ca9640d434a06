// Resolves paths on the disk and checks where they ended.
#include "websocket/static_files.hpp"

#include <algorithm>
#include <array>

namespace backend {
namespace fs = std::filesystem;

StaticFiles::StaticFiles(const fs::path& root) : root_(fs::canonical(root)) {}

std::optional<fs::path> StaticFiles::find(std::string_view path) const {
    if (path.empty() || path.front() != '/' || path.find("/.") != std::string_view::npos) return std::nullopt;
    const fs::path relative(path == "/" ? "index.html" : path.substr(1));
    if (relative.is_absolute()) return std::nullopt;
    std::error_code error;
    fs::path file = fs::canonical(root_ / relative, error);
    if (error || !fs::is_regular_file(file, error)) return std::nullopt;
    const auto [end, rest] = std::mismatch(root_.begin(), root_.end(), file.begin(), file.end());
    if (end != root_.end()) return std::nullopt;
    return file;
}

std::string_view media_type(const fs::path& file) {
    struct Row {
        std::string_view extension, type;
    };
    static constexpr std::array<Row, 6> table{{{".html", "text/html; charset=utf-8"},
                                               {".js", "text/javascript; charset=utf-8"},
                                               {".css", "text/css; charset=utf-8"},
                                               {".svg", "image/svg+xml"},
                                               {".png", "image/png"},
                                               {".txt", "text/plain; charset=utf-8"}}};
    const std::string extension = file.extension().string();
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](const Row& candidate) { return candidate.extension == extension; });
    return row == table.end() ? "application/octet-stream" : row->type;
}

}  // namespace backend
