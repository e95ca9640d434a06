// The exchange of one request and its response with one connected endpoint.
#pragma once

#include "proxy/exchange.hpp"
#include "proxy/http/chunked.hpp"
#include "proxy/http/endpoint_choice.hpp"
#include "upstream/admission/admission.hpp"

namespace proxy::http {

/// Sends the request head, then streams the request body and the response at the same time, each at the pace of
/// whoever is slower. An upstream may answer before it has read the body; the rest of the body is then left unread
/// and the client's connection is not kept.
class Conversation {
 public:
    /// `persistence` says what is to become of the connection to the upstream, which may be told. An answer that
    /// proxy_next_upstream leaves to another endpoint of `choice` ends it as a failure (refusal.hpp). Any other, but
    /// for the 101, gives `permit` back before its body, however long that takes.
    Conversation(Exchange& exchange, net::Stream& upstream, Persistence persistence, const EndpointChoice& choice,
                 upstream::Admission::Permit& permit);

    net::Task<net::Result<>> run();

    /// After a success: whether the connection is in step and the upstream lets it be used again (RFC 9112, 9.3).
    bool leaves_connection_reusable() const;

    /// When the head of the final response, or the 101, came.
    net::TimePoint head_time() const { return head_time_; }

    /// Whether the same request can be sent on another connection: the client has not been told anything, the body is
    /// still all there, and either nobody can have acted on it because its head did not get out, or acting on it twice
    /// does no harm (RFC 9110, 9.2.2) or is allowed (nginx: proxy_next_upstream, non_idempotent).
    bool is_repeatable() const;

    /// After a failure: whether the connection had ended before anything came over it.
    bool found_connection_dead(const net::Failure& failure) const;

 private:
    std::string request_head() const;
    std::string forwarded_target() const;

    net::Task<net::Result<>> send_and_respond(std::string head, std::size_t sent_size, net::IoResult<> sent);
    net::Task<net::Result<>> upload();
    net::Task<net::Result<>> pump_request_body();

    net::Task<net::Result<>> respond();
    net::Task<net::Result<>> pass_response();
    net::Task<net::Result<ResponseHead*>> read_final_head();
    net::Task<net::Result<>> pass_body(ResponseHead& head);
    net::Result<std::string> begin_upgrade(ResponseHead& head, bool is_websocket);
    std::unique_ptr<tunnel::Tunnel> make_tunnel(bool is_websocket);

    bool is_left_to_another(const net::Failure& refusal) const;
    net::Failure upstream_failure(net::ErrorCode error, net::Stage stage) const;
    void abandon();

    Exchange& exchange_;
    const config::LocationSettings& settings_;
    net::Stream& upstream_;
    Persistence persistence_;
    const EndpointChoice& choice_;
    upstream::Admission::Permit& permit_;
    boost::beast::flat_buffer buffer_;
    ResponseReader response_;
    net::TimePoint head_time_{};
    bool head_sent_ = false;
    bool body_begun_ = false;  // some of the request body has been taken from the client
    bool answered_ = false;    // a response head has come, be it an interim one
    bool passed_on_ = false;   // some of the response, be it an interim one, has gone to the client
    bool uploading_ = false;
    bool abandoned_ = false;  // the other direction has ended the conversation
    bool client_gone_ = false;
};

}  // namespace proxy::http
