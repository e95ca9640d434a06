// One WebSocket message as a handler sees it: bytes and how they are marked on the wire.
#pragma once

#include <memory>
#include <string>

namespace backend {

enum class MessageKind { text, binary };

struct Message {
    std::string data;  ///< a text message holds valid UTF-8 (RFC 6455, section 5.6)
    MessageKind kind = MessageKind::text;
    bool operator==(const Message&) const = default;
};

/// A message on its way out; shared, so that one broadcast to many viewers holds its bytes once.
using OutgoingMessage = std::shared_ptr<const Message>;

}  // namespace backend
