// The endpoints of one pool: what its server lines and its file stand for, now and from now on.
#pragma once

#include "upstream/discovery/endpoints_file.hpp"
#include "upstream/discovery/name_watch.hpp"
#include "upstream/pool.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace upstream {

/// Gives a pool its first endpoints, and new ones whenever nameservers or the file say something else.
/// Endpoints that stay keep their tunnels, counts and health: those belong to the address (LivePool).
class Discovery {
  public:
    /// Reads the file, and looks up (this blocks) the names that are not marked `resolve`. The others are
    /// those that `previous` knew, if there was one, until follow() brings more.
    Discovery(std::shared_ptr<Pool> pool, const Discovery* previous);
    Discovery(const Discovery&) = delete;
    Discovery& operator=(const Discovery&) = delete;

    const std::shared_ptr<Pool>& pool() const { return pool_; }

    /// What could not be looked up or read at first, as lines for the log.
    const std::vector<std::string>& warnings() const { return warnings_; }

    /// Begins to follow. Names without `resolve` are asked for only until they are known. Once more, after a
    /// reload that has left the pool as it is, it asks for every name anew (as nginx would) and looks at the
    /// file. On the thread of the loop, as everything from here on and the destruction, which ends it.
    void follow(const ControlLoop& loop);

    /// Whether each name has been asked for once, and the pool has what came of it.
    bool is_settled() const;

  private:
    // A server line, or one of the file, with what it stands for: an address, or what is known of its name.
    struct Line {
        config::Endpoint settings;
        std::vector<Record> address;
        std::shared_ptr<NameWatch> name;
    };

    using Lines = std::vector<Line>;
    using Names = std::map<Question, std::shared_ptr<NameWatch>>;

    config::Resolver with_addresses(config::Resolver settings);
    static Names names_of(const Lines& lines);
    Line make_line(const config::Endpoint& settings, const Names& known) const;
    Lines make_lines(const std::vector<config::Endpoint>& endpoints, const Lines& known) const;
    void look_up_now(const Line& line);
    void read_file(const Discovery* previous);
    void start(const Lines& lines);
    void take_file(const std::vector<config::Endpoint>& endpoints);
    Endpoints make_endpoints() const;
    void publish();
    void log_change(const std::vector<std::string>& names) const;

    std::shared_ptr<Pool> pool_;
    Lines written_;
    Lines of_file_;
    std::shared_ptr<EndpointsFile> file_;  // null without one
    std::vector<std::string> warnings_;
    config::Resolver resolver_;           // with nameservers that are IP addresses
    std::vector<std::string> published_;  // the names of the endpoints, sorted
    const ControlLoop* loop_ = nullptr;
    std::optional<net::Deadline> publication_;  // many changes at the same time make one
};

}  // namespace upstream
