// Opening what is new in a model.
#include "proxy/accept/open_sockets.hpp"

#include <algorithm>
#include <map>

namespace proxy::accept {

namespace {

using Listens = std::map<std::string, config::Listen>;

Listens new_listens(const config::Model& model, const ListeningSockets& current) {
    Listens listens;
    for (const config::Server& server : model.servers)
        for (const config::Listen& listen : server.listen) {
            const std::string name = config::to_string(listen.address);
            if (!current.contains(name)) listens.emplace(name, listen);
        }
    return listens;
}

// Another socket of ours on the port would make the probe fail: *:80 stands beside 127.0.0.1:80 without harm.
bool shares_port(const config::Listen& listen, const ListeningSockets& current) {
    const auto* const tcp = std::get_if<config::TcpAddress>(&listen.address);
    return tcp != nullptr && std::any_of(current.begin(), current.end(), [&](const auto& entry) {
               return net::port_of(entry.second->address()) == tcp->port;
           });
}

std::string sentence(const std::string& name, const net::ErrorCode& error) {
    return "bind() to " + name + " failed (" + std::to_string(error.value()) + ": " + error.message() + ")";
}

}  // namespace

boost::system::result<ListeningSockets, std::vector<std::string>> open_sockets(const config::Model& model,
                                                                               const ListeningSockets& current,
                                                                               std::size_t workers) {
    const Listens wanted = new_listens(model, current);
    std::vector<std::string> errors;
    for (const auto& [name, listen] : wanted)
        if (!shares_port(listen, current))
            if (const net::ErrorCode error = ListeningSocket::probe(listen)) errors.push_back(sentence(name, error));
    if (!errors.empty()) return errors;

    ListeningSockets sockets;
    for (const auto& [name, listen] : wanted) {
        auto socket = ListeningSocket::open(listen, workers);
        if (socket)
            sockets.emplace(name, *socket);
        else
            errors.push_back(sentence(name, socket.error()));
    }
    if (!errors.empty()) return errors;
    for (const config::Server& server : model.servers)
        for (const config::Listen& listen : server.listen) {
            const auto open_already = current.find(config::to_string(listen.address));
            if (open_already != current.end()) sockets.insert(*open_already);
        }
    return sockets;
}

}  // namespace proxy::accept
