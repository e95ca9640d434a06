// The syntax-neutral tree both front ends end in: directives with arguments, children and their place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace config {

/// Which language a configuration was written in; it decides a few defaults and how names are suggested.
enum class Syntax { nginx, toml };

/// A place in a source file; line 0 stands for the file as a whole.
struct Span {
    std::uint32_t file = 0;    ///< number of the file in the Report
    std::uint32_t line = 0;    ///< 1-based
    std::uint32_t column = 0;  ///< 1-based, in characters
    bool operator==(const Span&) const = default;
};

/// One argument with quotes and escapes already resolved; variables are still in it.
struct Argument {
    std::string text;
    Span span;
};

/// One directive: `name arguments;` or `name arguments { children }`.
struct Node {
    enum class Form { simple, block };
    std::string name;
    Span span;
    Form form = Form::simple;
    std::vector<Argument> arguments;
    std::vector<Node> children;
};

}  // namespace config
