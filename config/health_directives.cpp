// The rows of the directive table that are about the health of endpoints.
#include "config/health_directives.hpp"

#include "config/arguments.hpp"
#include "config/setters.hpp"

namespace config {
namespace {

using Repeat = Directive::Repeat;

constexpr auto match = Context::match;
constexpr auto upstream = Context::upstream;

constexpr Arity one{1, 1};
constexpr Arity two{2, 2};
constexpr Arity one_or_two{1, 2};
constexpr Arity one_to_three{1, 3};
constexpr Arity one_or_more{1, any_number};
constexpr Arity any{0, any_number};

}  // namespace

// clang-format off
std::vector<Directive> health_rows() {
    return {
        {.name = "health_check", .contexts = upstream | Context::location,
         .arguments = "[type=http|tcp|websocket] [uri=URI] [interval=TIME] [jitter=TIME] [timeout=TIME] [fails=NUMBER] [passes=NUMBER] [port=NUMBER] [host=NAME] [tls=on|off] [match=NAME] [ping=on|off] [send=TEXT] [expect=REGEX] [mandatory] [persistent]",
         .arity = any, .set = set_health_check,
         .documentation = "Probes every endpoint of the upstream, or of the location's, each interval (5s): with a request (2xx and 3xx pass unless `match` says otherwise), a TCP connection or a WebSocket handshake, behind which a ping has to be answered (`ping=off`: the 101 is enough), or in its place `send`, by a message that `expect` matches. An endpoint is unhealthy after `fails` failures in a row and healthy after `passes`; with `mandatory` it gets nothing before it has passed. TLS and the PROXY protocol are spoken as the location does, in an upstream as the first location that passes to it; `tls` is said where a port of its own differs in that. Verdicts survive a reload, so `persistent` is always so. In an upstream, and everything but HTTP, Tidegate's own. TOML: a table or an array of tables.",
         .repeat = Repeat::many, .toml = TomlForm::list, .parameters = &health_check_parameters()},
        {.name = "max_ejected", .contexts = upstream, .arguments = "NUMBER%", .arity = one, .set = set_max_ejected,
         .documentation = "Tidegate's own. Share of the endpoints that failures and health checks together may take out, rounded down; beyond it endpoints stay in with a warning. 100% unless set."},
        {.name = "tunnel_fail_time", .contexts = upstream, .arguments = "TIME", .arity = one, .set = set_tunnel_fail_time,
         .documentation = "Tidegate's own. A tunnel that its endpoint resets within this time after the 101 is a failure for max_fails; 0 (unless set): none is. A tunnel that is closed in order never is."},
        {.name = "endpoint_down_tunnels", .contexts = upstream, .arguments = "keep | close [over=TIME]", .arity = one_or_two, .set = set_endpoint_down_tunnels,
         .documentation = "Tidegate's own. What becomes of the tunnels of an endpoint that a health check takes out, that is marked down, or that leaves the upstream: kept (unless set), closed at once, or closed evenly over a time.",
         .positional = {"fate"}, .parameters = &endpoint_down_tunnels_parameters()},
        {.name = "match", .contexts = Context::http, .arguments = "NAME", .arity = one, .opens = match,
         .documentation = "Tests that a response to a health check has to pass, all of them.", .repeat = Repeat::many, .toml = TomlForm::named_block},
        {.name = "status", .contexts = match, .arguments = "[!] CODE[-CODE] ...", .arity = one_or_more, .set = set_match_status,
         .documentation = "The status is one of these, or none of them."},
        {.name = "header", .contexts = match, .arguments = "[!] NAME | NAME = | != | ~ | !~ VALUE", .arity = one_to_three, .set = set_match_header,
         .documentation = "The header is there, or not; is equal to a value, or not; matches a regular expression, or not. TOML: an array of arrays.",
         .repeat = Repeat::many, .toml = TomlForm::list},
        {.name = "body", .contexts = match, .arguments = "~ | !~ REGEX", .arity = two, .set = set_match_body,
         .documentation = "The first 256 KiB of the body match, or do not."},
    };
}
// clang-format on

}  // namespace config
