// bench-load: offers one kind of load to a proxy, verifies every answer, and says how many there were in
// which time.
#include "load/modes.hpp"
#include "load/options.hpp"
#include "load/sockets.hpp"

#include <cstdio>
#include <exception>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

using namespace load;

constexpr std::string_view usage = R"(usage: bench-load --mode=MODE --target=ADDRESS:PORT [--name=value ...]
  --mode      echo | latency | handshake | idle | bulk | get
  --tunnels   number of tunnels, or of connections at a time (1)
  --size      bytes of a message, at least 8 (64)
  --seconds   length of the measured part (1)      --warmup   of the part before it (0.2)
  --messages  echo only: end after so many         --rate     latency only: messages a second (1000)
  --tls       none | full | resumed (none)         --sources  local addresses to connect from (1)
  --backend   ADDRESS:PORT to be the backend at, too, in the same loop (not with get)
  --compare   ends | all: how an answer is verified (ends)
When it is ready it prints "ready" and waits for a line, so that the proxy's CPU time can be read; then it measures,
prints the result as JSON and waits for another line: "again" for one more of the same. Exit code 1: there were errors, the
result is worth nothing.
)";

template <typename Value>
Value choose(const std::map<std::string, Value>& values, const std::string& name) {
    const auto found = values.find(name);
    if (found == values.end()) throw std::invalid_argument("unknown choice: " + name);
    return found->second;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        if (count == 1) {
            std::fputs(usage.data(), stderr);
            return 2;
        }
        Options options(count, arguments);
        const auto mode = choose<Errors (*)(const Run&)>({{"echo", run_echo},
                                                          {"latency", run_latency},
                                                          {"handshake", run_handshake},
                                                          {"idle", run_idle},
                                                          {"bulk", run_bulk},
                                                          {"get", run_get}},
                                                         options.text("mode", "echo"));
        const auto tls =
            choose<TlsUse>({{"none", TlsUse::none}, {"full", TlsUse::full}, {"resumed", TlsUse::resumed}},
                           options.text("tls", "none"));
        Run run;
        run.plan.target = parse_address(options.text("target", ""));
        if (const auto backend = options.text("backend", ""); !backend.empty())
            run.plan.backend = parse_address(backend);
        run.plan.sources = static_cast<std::uint32_t>(options.count("sources", 1));
        run.plan.sent_size = run.plan.answer_size = options.count("size", 64);
        run.plan.comparison = choose<Comparison>({{"ends", Comparison::ends}, {"all", Comparison::all}},
                                                 options.text("compare", "ends"));
        run.tunnels = static_cast<std::uint32_t>(options.count("tunnels", 1));
        run.seconds = options.number("seconds", 1);
        run.warmup = options.number("warmup", 0.2);
        run.messages = options.count("messages", 0);
        run.rate = options.number("rate", 1000);
        options.refuse_others();
        if (run.plan.backend && mode == run_get) throw std::invalid_argument("get has no --backend");
        if (run.plan.sent_size < 8 || run.tunnels == 0 || run.rate <= 0 || run.plan.sources == 0)
            throw std::invalid_argument("--size is at least 8, --tunnels, --rate and --sources more than 0");
        std::unique_ptr<TlsClient> client;
        if (tls != TlsUse::none) client = std::make_unique<TlsClient>(tls);
        run.plan.tls = client.get();
        raise_descriptor_limit();
        return mode(run).count() == 0 ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench-load: %s\n", error.what());
        return 2;
    }
}
