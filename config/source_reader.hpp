// Reads configuration files and resolves `include`, with bounds on size, count and depth.
#pragma once

#include "config/loader.hpp"
#include "config/node.hpp"
#include "config/report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace config {

class SourceReader {
  public:
    SourceReader(Report& report, Includes includes) : report_(report), includes_(includes) {}

    /// Reads a file that is not included by another. Errors are reported against the file as a whole.
    std::optional<std::uint32_t> read_main(const std::string& path);

    /// Takes a text that is already in memory.
    std::uint32_t add_text(std::string name, std::string text);

    /// The files a pattern (glob) names, read in alphabetical order; relative patterns start at `directory`.
    /// A pattern without wildcards has to match. A file that includes itself, too deep a chain and too many
    /// files are reported at `where` and left out.
    std::vector<std::uint32_t> include(const std::string& pattern, const std::string& directory,
                                       const Span& where);

  private:
    std::optional<std::uint32_t> include_file(const std::string& path, const Span& where);
    bool is_being_read(const std::string& path, const Span& where) const;
    std::size_t depth(const Span& where) const;

    Report& report_;
    Includes includes_;
    std::size_t files_ = 0;
    std::size_t bytes_ = 0;
};

/// The directory part of a path, "." if it has none.
std::string directory_of(const std::string& path);

}  // namespace config
