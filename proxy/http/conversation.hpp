// The exchange of one request and its response with one connected endpoint.
#pragma once

#include "proxy/exchange.hpp"
#include "proxy/http/chunked.hpp"

namespace proxy::http {

/// Sends the request head, then streams the request body and the response at the same time, each at the pace of
/// whoever is slower. An upstream may answer before it has read the body; the rest of the body is then left unread
/// and the client's connection is not kept.
class Conversation {
 public:
    Conversation(Exchange& exchange, net::Stream& upstream);

    net::Task<net::Result<>> run();

 private:
    std::string request_head() const;
    std::string forwarded_target() const;

    net::Task<net::Result<>> upload();
    net::Task<net::Result<>> pump_request_body();

    net::Task<net::Result<>> respond();
    net::Task<net::Result<>> pass_response();
    net::Task<net::Result<ResponseHead*>> read_final_head();
    net::Task<net::Result<>> pass_body(const ResponseHead& head);
    net::Task<net::Result<>> upgrade(const ResponseHead& head);
    net::Task<net::Result<>> write_to_client(std::span<const boost::asio::const_buffer> buffers);

    net::Failure upstream_failure(net::ErrorCode error, net::Stage stage) const;
    void abandon();

    Exchange& exchange_;
    const config::LocationSettings& settings_;
    net::Stream& upstream_;
    boost::beast::flat_buffer buffer_;
    ResponseReader response_;
    bool uploading_ = false;
    bool abandoned_ = false;  // the other direction has ended the conversation
    bool client_gone_ = false;
};

}  // namespace proxy::http
