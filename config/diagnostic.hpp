// What is wrong in a configuration, where, and how to put it right; and the text shown for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace config {

/// One file as it was read.
struct SourceFile {
    struct IncludedFrom {
        std::uint32_t file = 0;  ///< number of the including file
        std::uint32_t line = 0;
    };
    std::string name;  ///< as opened
    std::string text;
    std::optional<IncludedFrom> included_from;
};

struct Diagnostic {
    enum class Severity { error, warning };
    Severity severity = Severity::error;
    std::string file;
    std::uint32_t line = 0;    ///< 1-based; 0: the file as a whole
    std::uint32_t column = 0;  ///< 1-based, in characters
    std::string message;
    std::string hint;                        ///< the remedy, `did you mean "..."?`; may be empty
    std::string source_line;                 ///< the line the message is about, without its end
    std::vector<std::string> include_chain;  ///< "FILE:LINE" of each include, innermost first
};

/// `FILE:LINE:COLUMN: error: MESSAGE`, the source line with a caret, the hint and the include chain, each
/// on a line of its own, without a newline at the end. Control characters are shown as '?'.
std::string render(const Diagnostic& diagnostic);

}  // namespace config
