// What a row of the directive table is, and what the function behind a row may change.
#pragma once

#include "config/level.hpp"
#include "config/model.hpp"
#include "config/node.hpp"
#include "config/report.hpp"
#include "config/units.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// The blocks a directive may stand in.
enum class Context : std::uint8_t { main, events, http, match, upstream, server, location };

/// A set of contexts.
class Contexts {
  public:
    constexpr Contexts() = default;
    constexpr Contexts(Context one) : bits_(1U << static_cast<unsigned>(one)) {}  // NOLINT: a set of one
    constexpr Contexts operator|(Contexts other) const {
        Contexts both;
        both.bits_ = bits_ | other.bits_;
        return both;
    }
    constexpr bool overlaps(Contexts other) const { return (bits_ & other.bits_) != 0; }

  private:
    unsigned bits_ = 0;
};

constexpr Contexts operator|(Context left, Context right) {
    return Contexts(left) | Contexts(right);
}

std::string_view to_string(Context context);

/// Where the relative paths of a configuration start; both absolute.
struct Directories {
    std::string prefix;         ///< logs, the pid file, sockets
    std::string configuration;  ///< certificates, keys and what else belongs to TLS: beside the main file
};

/// What the directives of one block are applied to. Pointers are set where the context has such a thing.
struct Scope {
    Report& report;
    const Directories& directories;
    Model& model;
    Context context = Context::main;
    Level* level = nullptr;                     ///< http, server, location
    Upstream* upstream = nullptr;               ///< upstream
    Match* match = nullptr;                     ///< match
    Server* server = nullptr;                   ///< server, location
    std::vector<Span>* listen_spans = nullptr;  ///< server: one for each entry of Server::listen
    std::vector<Span>* name_spans = nullptr;    ///< server: one for each entry of Server::names

    /// A path made absolute against the prefix.
    std::string absolute(const std::string& path) const;

    /// A path made absolute against the directory of the main configuration file.
    std::string beside_configuration(const std::string& path) const;

    /// The path of a unix socket made absolute; it may have become too long by that.
    Result<Address> absolute(Address address) const;
};

using Setter = void (*)(const Node& node, Scope& scope);

/// How a directive is written as a TOML key.
enum class TomlForm {
    flag,         ///< true for the directive without arguments, false for none; otherwise as `value`
    value,        ///< one value, or an array of the arguments
    list,         ///< an array with one directive in each element (one value stands for an array of one)
    pairs,        ///< a table of NAME = VALUE, or an array of [NAME, VALUE]
    block,        ///< [events]
    blocks,       ///< [[server]]
    named_block,  ///< [upstream.NAME]
};

/// One word or KEY=VALUE behind the positional arguments of a directive.
struct Parameter {
    enum class Form {
        flag,
        value,
        on_off,
        values,  ///< KEY=VALUE that may be repeated; TOML: an array
        method,  ///< KEY VALUE ... in front of all others; TOML: a value, an array, or true for KEY alone
    };
    std::string_view name;
    Form form = Form::flag;
};

struct Arity {
    std::size_t min = 1;
    std::size_t max = 1;
};
inline constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

struct Directive {
    enum class Repeat { once, many };
    enum class Effect { yes, none };  ///< none: accepted so that nginx files load, and checked, no more

    std::string_view name;
    Contexts contexts;
    std::string_view arguments;  ///< their shape, for messages and documentation
    Arity arity;
    Setter set = nullptr;                         ///< null: a block
    std::optional<Context> opens = std::nullopt;  ///< of a block: the context inside
    std::string_view documentation = {};
    Repeat repeat = Repeat::once;
    Effect effect = Effect::yes;
    TomlForm toml = TomlForm::value;
    std::string_view toml_name = {};                     ///< empty: `name`
    std::vector<std::string_view> positional = {};       ///< TOML keys of the first arguments in table form
    const std::vector<Parameter>* parameters = nullptr;  ///< what may follow them

    bool is_block() const { return opens.has_value(); }
    std::string_view name_in(Syntax syntax) const {
        return syntax == Syntax::toml && !toml_name.empty() ? toml_name : name;
    }
};

}  // namespace config
