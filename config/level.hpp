// What the blocks http, server and location hold while they are read, and pass on to the blocks inside them.
#pragma once

#include "config/model.hpp"
#include "config/node.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace config {

/// The values of a directive that may be repeated: the first one of a level replaces what was inherited, the
/// others add to it.
template <class T>
class LevelList {
  public:
    void add(T value) {
        if (origin_ == Origin::inherited) values_.clear();
        origin_ = Origin::own;
        values_.push_back(std::move(value));
    }

    /// From here on the values count as inherited.
    void enter_inner_level() { origin_ = Origin::inherited; }

    bool is_own() const { return origin_ == Origin::own; }
    const std::vector<T>& values() const { return values_; }

  private:
    enum class Origin { inherited, own };
    Origin origin_ = Origin::inherited;
    std::vector<T> values_;
};

/// The absolute path of a file, empty for none, and where it is written.
struct PlacedFile {
    std::string path;
    Span where;
};

/// What http, server and location pass on to the levels inside them.
struct Level {
    LocationSettings settings;
    RequestLimits limits;
    ServerTls tls;                                ///< without what stands in the lists below
    std::optional<Duration> tunnel_idle_timeout;  ///< absent: what the syntax says
    std::optional<Duration> proxy_ssl_handshake_timeout;
    std::optional<Duration> proxy_handshake_timeout;
    Resolver resolver;                            ///< of http: what its upstream blocks start with
    LevelList<HeaderRule> header_rules;           ///< without the defaults of the syntax

    // Certificates and their keys are inherited independently, and become pairs when the level is finished.
    LevelList<PlacedFile> certificates;
    LevelList<PlacedFile> certificate_keys;
    LevelList<TlsCommand> tls_commands;
    LevelList<std::string> session_ticket_keys;
    PlacedFile proxy_certificate;
    PlacedFile proxy_certificate_key;
    LevelList<TlsCommand> proxy_tls_commands;

    // The first access_log of a level replaces what was inherited, and `off` empties the list.
    enum class Origin { inherited, own };
    Origin access_log_origin = Origin::inherited;
    bool access_log_off = false;

    /// What a level inside this one starts with.
    Level inner() const;
};

}  // namespace config
