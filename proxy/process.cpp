// Start, reload and end of the process.
#include "proxy/process.hpp"

#include <csignal>
#include <cstdio>
#include <thread>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/signal_set.hpp>

#include "proxy/accept/open_sockets.hpp"
#include "proxy/health/monitor.hpp"
#include "proxy/lifecycle/pid_file.hpp"
#include "proxy/lifecycle/privileges.hpp"
#include "proxy/lifecycle/worker.hpp"
#include "proxy/observe/error_log.hpp"

namespace proxy {

namespace asio = boost::asio;

namespace {

using accept::ListeningSockets;
using config::LogLevel;
using lifecycle::Generation;
using lifecycle::Worker;

void report(const std::vector<config::Diagnostic>& diagnostics) {
    for (const config::Diagnostic& diagnostic : diagnostics) {
        const bool error = diagnostic.severity == config::Diagnostic::Severity::error;
        observe::log(error ? LogLevel::emerg : LogLevel::warn, config::render(diagnostic));
    }
}

class Process {
 public:
    explicit Process(const ProcessOptions& options) : options_(options) {
        for (const int signal : {SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGQUIT, SIGTERM, SIGINT}) signals_.add(signal);
    }

    int run() {
        if (!start()) return 1;
        log_event_method();
        std::vector<std::thread> threads;
        for (const auto& worker : workers_)
            threads.emplace_back([this, &worker] {
                worker->run();
                asio::post(control_, [this] { worker_ended(); });
            });
        running_ = threads.size();
        observe::log(LogLevel::notice, "tidegate started with " + std::to_string(running_) + " workers");
        wait_for_signal();
        control_.run();
        for (std::thread& thread : threads) thread.join();
        generation_->registry().stop_following();
        observe::log(LogLevel::notice, "exit");
        return 0;
    }

 private:
    using Timer = asio::basic_waitable_timer<net::Clock>;

    static bool fail(const std::string& text) {
        observe::log(LogLevel::emerg, text);
        return false;
    }

    void log_event_method() const {
        net::ErrorCode refused;
        for (const auto& worker : workers_)
            if (!refused) refused = worker->relay().calls().refusal();
        observe::log(LogLevel::notice, "using the \"epoll\" event method" +
                                           (refused ? ", without io_uring: " + refused.message() : " and io_uring for short messages"));
    }

    // Everything that can fail happens here, in nginx's order: logs, certificates, sockets, background, pid file, user.
    bool start() {
        if (!options_.first_error_log.empty() && !use_error_log({options_.first_error_log, LogLevel::notice}))
            return false;
        const config::Loaded loaded = options_.load();
        report(loaded.diagnostics);
        if (!loaded.model) return false;
        started_with_ = loaded.model;
        const config::Model& model = *loaded.model;
        const bool keep_first = model.error_log.path == "stderr" && !options_.first_error_log.empty();
        if (!use_error_log({keep_first ? options_.first_error_log : model.error_log.path, model.error_log.level}))
            return false;
        if (model.worker_rlimit_nofile > 0)
            if (const net::ErrorCode error = lifecycle::limit_descriptors(model.worker_rlimit_nofile))
                observe::log(LogLevel::alert, "setrlimit(RLIMIT_NOFILE) failed: " + error.message());
        make_workers(model);
        auto resources = acquire(model);
        if (!resources) return false;
        use(loaded.model, std::move(*resources));
        if (!settle(model)) return false;
        generation_->registry().follow(outside_);
        wait_for_endpoints();
        monitor_->start();
        return true;
    }

    bool settle(const config::Model& model) {
        if (model.daemon) {
            control_.notify_fork(asio::execution_context::fork_prepare);
            if (const net::ErrorCode error = lifecycle::daemonize()) return fail("daemon: " + error.message());
            control_.notify_fork(asio::execution_context::fork_child);
        }
        const std::string pid = pid_path(model);
        if (!pid.empty()) {
            auto file = lifecycle::PidFile::create(pid);
            if (!file) return fail("open() \"" + pid + "\" failed: " + file.error().message());
            pid_file_ = std::move(*file);
        }
        if (lifecycle::is_root() && !drop_privileges(model.user)) return false;
        const net::ErrorCode error = pid.empty() ? net::ErrorCode() : pid_file_.write();
        return !error || fail("write() to \"" + pid + "\" failed: " + error.message());
    }

    bool drop_privileges(const config::User& user) {
        const auto identity = lifecycle::find_identity(user);
        if (!identity) return fail(identity.error());
        for (const auto& [path, file] : files_.all()) file->give_to(identity->user, identity->group);
        if (const net::ErrorCode error = lifecycle::become(user, *identity))
            return fail("cannot become user \"" + user.name + "\": " + error.message());
        return true;
    }

    bool use_error_log(const config::ErrorLog& log) {
        const auto file = files_.open(log.path);
        if (!file) return fail("open() \"" + log.path + "\" failed: " + file.error().message());
        observe::ErrorLog::of_process().use(*file, log.level);
        return true;
    }

    bool open_access_logs(const config::Model& model) {
        bool opened = true;
        const auto open = [&](const config::LocationSettings& settings) {
            for (const config::AccessLog& log : settings.access_log) {
                const auto file = files_.open(log.path);
                if (!file) opened = fail("open() \"" + log.path + "\" failed: " + file.error().message());
            }
        };
        for (const config::Server& server : model.servers) {
            open(server.settings);
            for (const config::Location& location : server.locations) open(location.settings);
        }
        return opened;
    }

    void make_workers(const config::Model& model) {
        const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
        const unsigned count = model.worker_processes > 0 ? model.worker_processes : cores;
        for (unsigned i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>(i));
    }

    std::vector<net::Executor> executors() const {
        std::vector<net::Executor> executors;
        for (const auto& worker : workers_) executors.push_back(worker->executor());
        return executors;
    }

    // Everything that a model needs from outside: certificates, logs and sockets. Errors are logged.
    struct Resources {
        route::TlsSetup tls;
        ListeningSockets sockets;
    };
    std::optional<Resources> acquire(const config::Model& model) {
        if (!ticket_keys_) ticket_keys_ = route::make_ticket_keys(model);
        auto tls = route::TlsSetup::make(model, ticket_keys_);
        if (!tls) {
            for (const std::string& error : tls.error()) fail(error);
            return std::nullopt;
        }
        if (!open_access_logs(model)) return std::nullopt;
        auto sockets = accept::open_sockets(model, sockets_, workers_.size());
        if (!sockets) {
            for (const std::string& error : sockets.error()) fail(error);
            return std::nullopt;
        }
        return Resources{std::move(*tls), std::move(*sockets)};
    }

    void use(const std::shared_ptr<const config::Model>& model, Resources resources) {
        const auto generation =
            std::make_shared<Generation>(model, executors(), files_, generation_.get(), resources.tls);
        if (generation_) generation_->registry().stop_following();
        generation_ = generation;
        monitor_ = std::make_unique<health::Monitor>(control_.get_executor(), deadlines_, generation, resources.tls,
                                                     tunnel_orders(), monitor_.get());
        sockets_ = std::move(resources.sockets);
        for (const std::string& line : generation->registry().warnings()) observe::log(LogLevel::error, line);
        for (const auto& worker : workers_)
            worker->post([worker = worker.get(), generation, sockets = sockets_] {
                worker->use(generation);
                worker->listen(sockets);
            });
    }

    // The first requests wait in the listen queue for the endpoints that nameservers know, but not for long.
    void wait_for_endpoints() {
        const auto until = net::Clock::now() + std::chrono::seconds(1);
        while (!generation_->registry().is_settled() && control_.run_one_until(until) > 0) continue;
        control_.restart();
    }

    // Tunnels belong to workers.
    health::Monitor::TunnelOrders tunnel_orders() {
        using Endpoint = std::shared_ptr<upstream::Endpoint>;
        return {.close =
                    [this](const Endpoint& endpoint, net::Duration over, tunnel::Loss loss) {
                        for (const auto& worker : workers_)
                            worker->post([worker = worker.get(), endpoint, over, loss] {
                                worker->relay().close_tunnels_of(endpoint, over, loss);
                            });
                    },
                .keep =
                    [this](const Endpoint& endpoint) {
                        for (const auto& worker : workers_)
                            worker->post([worker = worker.get(), endpoint] { worker->relay().keep_tunnels_of(*endpoint); });
                    }};
    }

    void reload() {
        if (stopping_) return;  // it would open the listeners again
        observe::log(LogLevel::notice, "reloading configuration");
        const config::Loaded loaded = options_.load();
        report(loaded.diagnostics);
        if (!loaded.model) return keep_running();
        auto resources = acquire(*loaded.model);
        if (!resources) return keep_running();
        const config::ErrorLog& log = loaded.model->error_log;
        if (log != generation_->model().error_log) use_error_log(log);
        tell_what_takes_a_restart(*loaded.model);
        use(loaded.model, std::move(*resources));
        generation_->registry().follow(outside_);
        monitor_->start();
        files_.forget_unused();
        observe::log(LogLevel::notice, "configuration reloaded");
    }

    void tell_what_takes_a_restart(const config::Model& model) const {
        const config::Model& old = *started_with_;
        const auto tell = [](bool is_new, const std::string& directive) {
            if (is_new) observe::log(LogLevel::error, directive + " takes a restart: the value of the start stays in force");
        };
        tell(model.worker_processes != old.worker_processes, "worker_processes");
        tell(model.user != old.user, "user");
        tell(model.pid != old.pid, "pid");
        tell(model.daemon != old.daemon, "daemon");
    }

    static void keep_running() { observe::log(LogLevel::error, "reload failed; the running configuration stays"); }

    void reopen_logs() {
        observe::log(LogLevel::notice, "reopening logs");
        for (const auto& [path, file] : files_.all())
            if (const net::ErrorCode error = file->reopen())
                observe::log(LogLevel::emerg, "open() \"" + path + "\" failed: " + error.message());
    }

    void wait_for_signal() {
        signals_.async_wait([this](net::ErrorCode error, int signal) {
            if (error) return;
            react(signal);
            wait_for_signal();
        });
    }

    void react(int signal) {
        switch (signal) {
            case SIGHUP: return reload();
            case SIGUSR1: return reopen_logs();
            case SIGUSR2:
            case SIGWINCH: return ignore(signal);
            case SIGQUIT: return quit();
            default: return finish();
        }
    }

    // nginx's steps of replacing its binary. Where they are not known, USR2 would end all tunnels.
    static void ignore(int signal) {
        const std::string name = signal == SIGUSR2 ? "USR2" : "WINCH";
        observe::log(LogLevel::error, "signal " + name + " is ignored: to change to another binary, QUIT this process and start that");
    }

    void quit() {
        stopping_ = true;
        observe::log(LogLevel::notice, "gracefully shutting down");
        for (const auto& worker : workers_) worker->post([worker = worker.get()] { worker->drain(); });
        sockets_.clear();
        const net::Duration bound = generation_->model().worker_shutdown_timeout;
        if (bound == net::Duration::zero()) return;
        shutdown_bound_.emplace(control_, bound);
        shutdown_bound_->async_wait([this](net::ErrorCode error) {
            if (!error) finish();
        });
    }

    void finish() {
        stopping_ = true;
        observe::log(LogLevel::notice, "exiting");
        sockets_.clear();
        for (const auto& worker : workers_) worker->post([worker = worker.get()] { worker->finish(); });
    }

    void worker_ended() {
        if (--running_ == 0) control_.stop();
    }

    ProcessOptions options_;
    observe::LogFiles files_;
    // As in a worker: first what uses the event loop goes, then the loop with its coroutines, then what those refer to.
    net::DeadlineQueue deadlines_;
    asio::io_context control_{1};
    net::DeadlineTimer deadline_timer_{control_.get_executor(), deadlines_};
    asio::signal_set signals_{control_};
    upstream::Resolver resolver_{control_.get_executor()};
    const upstream::ControlLoop outside_{
        control_.get_executor(), deadlines_,
        [this](const config::Resolver& settings, upstream::Question question, upstream::OnAnswer on_answer) {
            resolver_.look_up(settings, std::move(question), std::move(on_answer));
        },
        [](LogLevel level, const std::string& line) { observe::log(level, line); }};
    std::optional<Timer> shutdown_bound_;
    lifecycle::PidFile pid_file_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::shared_ptr<const config::Model> started_with_;
    std::shared_ptr<Generation> generation_;
    std::unique_ptr<health::Monitor> monitor_;
    ListeningSockets sockets_;
    std::shared_ptr<net::TicketKeys> ticket_keys_;
    std::size_t running_ = 0;
    bool stopping_ = false;
};

}  // namespace

std::string pid_path(const config::Model& model) {
    if (model.pid) return *model.pid;
    return lifecycle::is_root() ? "/run/tidegate.pid" : "";
}

int run_process(const ProcessOptions& options) {
    std::signal(SIGPIPE, SIG_IGN);
    return Process(options).run();
}

}  // namespace proxy
