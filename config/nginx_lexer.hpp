// nginx syntax -> tokens: words with their quotes resolved, `;`, `{` and `}`.
#pragma once

#include "config/node.hpp"
#include "config/report.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace config {

struct NginxToken {
    enum class Kind { word, semicolon, open_brace, close_brace, end };
    Kind kind = Kind::end;
    std::string text;  ///< of a word, after quotes and escapes
    Span span;         ///< of its first character
};

/// Follows nginx's rules: a word ends at white space, `;` or `{`; a quote begins only at the start of a word;
/// `\` keeps the next character from having a meaning; `${` does not open a block; `#` at the start of a word
/// comments out the rest of the line. Mistakes are reported, and reading goes on behind them.
class NginxLexer {
  public:
    NginxLexer(std::string_view text, std::uint32_t file, Report& report)
        : text_(text), file_(file), report_(report) {
        if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);  // a byte order mark
    }

    NginxToken next();

  private:
    bool at_end() const { return position_ >= text_.size(); }
    char current() const { return text_[position_]; }
    Span here() const { return {file_, line_, column_}; }
    void advance();
    void skip_blank();
    void skip_line();
    NginxToken quoted_word();
    void recover_behind_quote(const Span& quote, std::size_t start);
    NginxToken plain_word();
    void take_escape(std::string& word);
    NginxToken checked(NginxToken token);

    std::string_view text_;
    std::uint32_t file_;
    Report& report_;
    std::size_t position_ = 0;
    std::uint32_t line_ = 1;
    std::uint32_t column_ = 1;
};

}  // namespace config
