// Typed reading of directive arguments: each reports what is wrong and returns nothing, or the value.
#pragma once

#include "config/directive.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace config {

std::optional<Duration> read_duration(const Argument& argument, Report& report);
std::optional<std::uint64_t> read_size(const Argument& argument, Report& report);
std::optional<bool> read_switch(const Argument& argument, Report& report);

/// A number from `min` to `max`.
std::optional<unsigned> read_count(const Argument& argument, unsigned min, unsigned max, Report& report);

/// A regular expression that compiles.
std::optional<std::string> read_pattern(const Argument& argument, Report& report);

/// Takes over what was read. What could not be read has been reported and leaves the target as it is.
template <class Value>
void assign(Value& target, std::optional<Value> value) {
    if (value) target = std::move(*value);
}

/// The value behind "NAME=" with its place, if the argument begins so.
std::optional<Argument> value_of(const Argument& argument, std::string_view name);

/// One of `words`, by its index; anything else is reported with a suggestion.
std::optional<std::size_t> read_word(const Argument& argument, const std::vector<std::string_view>& words,
                                     Report& report);

/// Reports an unknown parameter of a directive with a suggestion out of `known`.
void report_unknown_parameter(const Argument& argument, const std::vector<Parameter>& known, Report& report);

/// The parameters of `listen`; those of `server`, `hash`, `queue` and `admit` in an upstream block.
const std::vector<Parameter>& listen_parameters();
const std::vector<Parameter>& endpoint_parameters();
const std::vector<Parameter>& hash_parameters();
const std::vector<Parameter>& queue_parameters();
const std::vector<Parameter>& sticky_parameters();
const std::vector<Parameter>& resolver_parameters();
const std::vector<Parameter>& admit_parameters();

/// The parameters of `health_check` and of `endpoint_down_tunnels`.
const std::vector<Parameter>& health_check_parameters();
const std::vector<Parameter>& endpoint_down_tunnels_parameters();

/// The parameters of `keepalive`.
const std::vector<Parameter>& keepalive_parameters();

}  // namespace config
