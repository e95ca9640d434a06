// The program: what the command line asks for.
#include <sys/types.h>

#include <csignal>
#include <cstring>
#include <iostream>
#include <map>

#include <boost/version.hpp>
#include <openssl/crypto.h>

#include "config/directives.hpp"
#include "config/loader.hpp"
#include "config/printer.hpp"
#include "proxy/command_line.hpp"
#include "proxy/lifecycle/pid_file.hpp"
#include "proxy/lifecycle/privileges.hpp"
#include "proxy/process.hpp"
#include "proxy/route/tls_setup.hpp"
#include "upstream/registry.hpp"

namespace {

using proxy::Action;
using proxy::CommandLine;

config::Loaded load(const CommandLine& line) {
    return config::load(line.config, {.prefix = line.prefix, .globals = line.globals, .to_run = true});
}

void print_diagnostics(const config::Loaded& loaded) {
    for (const config::Diagnostic& diagnostic : loaded.diagnostics) std::cerr << config::render(diagnostic) << '\n';
}

// A name or a file that is not there now may be later, so it is worth a warning and no more.
void warn_about_endpoints(const config::Model& model) {
    const upstream::Registry registry(model.upstreams, {}, nullptr);
    for (const std::string& line : registry.warnings()) std::cerr << "warning: " << line << '\n';
}

bool certificates_are_good(const config::Model& model) {
    const auto tls = proxy::route::TlsSetup::make(model, proxy::route::make_ticket_keys(model));
    if (tls) return true;
    for (const std::string& error : tls.error()) std::cerr << "error: " << error << '\n';
    return false;
}

// Only root becomes another user.
bool user_is_known(const config::Model& model) {
    if (!proxy::lifecycle::is_root()) return true;
    const auto identity = proxy::lifecycle::find_identity(model.user);
    if (!identity) std::cerr << "error: " << identity.error() << '\n';
    return identity.has_value();
}

int test(const CommandLine& line) {
    const config::Loaded loaded = load(line);
    print_diagnostics(loaded);
    if (!loaded.model) return 1;
    if (!certificates_are_good(*loaded.model) || !user_is_known(*loaded.model)) return 1;
    warn_about_endpoints(*loaded.model);
    if (line.action == Action::test_and_dump)
        for (const config::SourceFile& source : loaded.sources)
            std::cout << "# configuration file " << source.name << ":\n" << source.text << '\n';
    std::cerr << line.config << ": ok\n";
    return 0;
}

int print_config(const CommandLine& line) {
    const config::Loaded loaded = load(line);
    print_diagnostics(loaded);
    if (!loaded.model) return 1;
    std::cout << config::print_toml(*loaded.model);
    return 0;
}

int send_signal(const CommandLine& line) {
    static const std::map<std::string, int> signals{
        {"stop", SIGTERM}, {"quit", SIGQUIT}, {"reload", SIGHUP}, {"reopen", SIGUSR1}};
    const config::Loaded loaded = load(line);
    print_diagnostics(loaded);
    if (!loaded.model) return 1;
    const std::string path = proxy::pid_path(*loaded.model);
    if (path.empty()) {
        std::cerr << "tidegate: no pid file is configured; add `pid` to " << line.config << '\n';
        return 1;
    }
    const auto pid = proxy::lifecycle::read_pid(path);
    if (!pid) {
        std::cerr << "tidegate: cannot read the process id from \"" << path << "\": " << pid.error().message()
                  << " (is it running?)\n";
        return 1;
    }
    if (::kill(*pid, signals.at(line.signal)) == 0) return 0;
    std::cerr << "tidegate: cannot send the signal to process " << *pid << ": " << std::strerror(errno) << '\n';
    return 1;
}

void show_build() {
    std::cout << "tidegate/" TIDEGATE_VERSION "\nbuilt with " << __VERSION__ << ", Boost " << BOOST_VERSION / 100000
              << '.' << BOOST_VERSION / 100 % 1000 << ", " << OpenSSL_version(OPENSSL_VERSION) << '\n';
}

}  // namespace

int main(int count, char** arguments) {
    int exit_code = 0;
    const auto line = proxy::parse_command_line(count, arguments, exit_code);
    if (!line) return exit_code;
    switch (line->action) {
        case Action::show_version: std::cout << "tidegate/" TIDEGATE_VERSION "\n"; return 0;
        case Action::show_build: show_build(); return 0;
        case Action::test:
        case Action::test_and_dump: return test(*line);
        case Action::print_config: return print_config(*line);
        case Action::list_directives: std::cout << config::directive_reference(); return 0;
        case Action::send_signal: return send_signal(*line);
        case Action::run: break;
    }
    return proxy::run_process({[line] { return load(*line); }, line->error_log});
}
