// Reads words, quotes, escapes and comments of nginx's configuration syntax.
#include "config/nginx_lexer.hpp"

#include "config/utf8.hpp"

namespace config {
namespace {

constexpr std::size_t max_word = 64 * 1024;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

void NginxLexer::advance() {
    const char passed = current();
    ++position_;
    if (passed == '\n') {
        ++line_;
        column_ = 1;
    } else if (at_end() || (static_cast<unsigned char>(current()) & 0xC0U) != 0x80U) {
        ++column_;  // only the last byte of a UTF-8 sequence moves on to the next column
    }
}

void NginxLexer::skip_blank() {
    while (!at_end()) {
        if (is_blank(current())) {
            advance();
        } else if (current() == '#') {
            skip_line();
        } else {
            return;
        }
    }
}

void NginxLexer::skip_line() {
    while (!at_end() && current() != '\n') advance();
}

NginxToken NginxLexer::next() {
    skip_blank();
    if (at_end()) return {NginxToken::Kind::end, {}, here()};
    const Span start = here();
    switch (current()) {
        case ';': advance(); return {NginxToken::Kind::semicolon, {}, start};
        case '{': advance(); return {NginxToken::Kind::open_brace, {}, start};
        case '}': advance(); return {NginxToken::Kind::close_brace, {}, start};
        case '"':
        case '\'': return checked(quoted_word());
        default: return checked(plain_word());
    }
}

// `\` before a quote, a backslash or t, r, n is resolved; before anything else it stays, as nginx does it.
void NginxLexer::take_escape(std::string& word) {
    advance();
    if (at_end()) {
        word += '\\';
        return;
    }
    switch (current()) {
        case '"':
        case '\'':
        case '\\': word += current(); break;
        case 't': word += '\t'; break;
        case 'r': word += '\r'; break;
        case 'n': word += '\n'; break;
        default:
            word += '\\';
            word += current();
            break;
    }
    advance();
}

NginxToken NginxLexer::quoted_word() {
    NginxToken token{NginxToken::Kind::word, {}, here()};
    const char quote = current();
    const std::size_t start = position_;
    advance();
    while (!at_end() && current() != quote) {
        if (current() == '\\') {
            take_escape(token.text);
        } else {
            token.text += current();
            advance();
        }
    }
    if (at_end()) {
        report_.error(token.span, "this quote is not closed",
                      std::string("add a ") + quote + " at the end of the text");
        recover_behind_quote(token.span, start);
        return token;
    }
    advance();
    if (!at_end() && !is_blank(current()) && current() != ';' && current() != '{' && current() != ')') {
        report_.error(here(), "white space, \";\" or \"{\" has to follow the closing quote");
    }
    return token;
}

// Most likely the text was meant to end on its line: going on at the end of that line, before the `;` or `{`
// there, finds further mistakes.
void NginxLexer::recover_behind_quote(const Span& quote, std::size_t start) {
    position_ = start;
    line_ = quote.line;
    column_ = quote.column;
    const auto line = text_.substr(start, text_.find('\n', start) - start);
    const auto last = line.find_last_not_of(" \t\r");
    const bool has_end =
        last != 0 && last != std::string_view::npos && (line[last] == ';' || line[last] == '{');
    const std::size_t end = start + (has_end ? last : line.size());
    while (position_ < end) advance();
}

NginxToken NginxLexer::plain_word() {
    NginxToken token{NginxToken::Kind::word, {}, here()};
    while (!at_end() && !is_blank(current()) && current() != ';') {
        if (current() == '\\') {
            take_escape(token.text);
            continue;
        }
        if (current() == '{' && !token.text.ends_with('$')) break;
        token.text += current();
        advance();
    }
    return token;
}

NginxToken NginxLexer::checked(NginxToken token) {
    if (token.text.size() > max_word) {
        report_.error(token.span, "this word is too long", "at most 64 KiB are allowed");
        token.text.resize(max_word);
    } else if (token.text.find('\0') != std::string::npos) {
        report_.error(token.span, "this word holds a NUL character");
    } else if (!is_utf8(token.text)) {
        report_.error(token.span, "this word is not UTF-8", "only comments may hold other bytes");
    }
    return token;
}

}  // namespace config
