// Storage and look-up of header fields, and which of them concern one hop only.
#include "proxy/http/fields.hpp"

#include <gtest/gtest.h>

#include "proxy/http/hop_by_hop.hpp"
#include "tests/proxy/request.hpp"

namespace proxy_tests {
namespace {

using proxy::http::Fields;
using proxy::http::is_hop_by_hop;

TEST(Fields, KeepOrderAndCase) {
    const Fields list = fields({{"x-B", "2"}, {"X-a", "1"}, {"x-b", ""}});
    std::string shown;
    for (const proxy::http::Field field : list) shown.append(field.name).append("=").append(field.value).append(" ");
    EXPECT_EQ(shown, "x-B=2 X-a=1 x-b= ");
}

TEST(Fields, AreFoundWithoutRegardToCase) {
    const Fields list = fields({{"Host", "a"}, {"hOST", "b"}});
    EXPECT_EQ(list.find("HOST"), "a");
    EXPECT_EQ(list.count("host"), 2u);
    EXPECT_EQ(list.find("Hos"), std::nullopt);
}

TEST(Fields, AreJoinedIntoAList) {
    const Fields list = fields({{"Via", "a"}, {"X", "y"}, {"via", "b"}});
    EXPECT_EQ(list.joined("Via"), "a, b");
    EXPECT_EQ(list.joined("Absent"), "");
}

TEST(Fields, ListsLooksForWholeTokens) {
    const FieldList connection{{"Connection", "keep-alive, Upgrade"}, {"connection", "x-y"}};
    const Fields list = fields(connection);
    EXPECT_TRUE(list.lists("Connection", "upgrade"));
    EXPECT_TRUE(list.lists("Connection", "KEEP-ALIVE"));
    EXPECT_TRUE(list.lists("Connection", "X-Y"));
    EXPECT_FALSE(list.lists("Connection", "up"));
    EXPECT_FALSE(list.lists("Connection", "keep"));
    EXPECT_FALSE(list.lists("Upgrade", "upgrade"));
}

TEST(Fields, ListsTakesEmptyElementsAndBlanks) {
    EXPECT_TRUE(fields({{"Connection", ",, \t upgrade ,"}}).lists("Connection", "upgrade"));
    EXPECT_FALSE(fields({{"Connection", ""}}).lists("Connection", ""));
}

TEST(HopByHop, AlwaysConcernsOneHop) {
    for (const char* name : {"Connection", "Close", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE",
                             "Upgrade", "connection", "close", "KEEP-ALIVE", "te"})
        EXPECT_TRUE(is_hop_by_hop(name, {})) << name;
}

TEST(HopByHop, OtherFieldsTravelOn) {
    for (const char* name : {"Host", "Content-Length", "Cookie", "Trailer", "Via", "Sec-WebSocket-Key", "TEA"})
        EXPECT_FALSE(is_hop_by_hop(name, {})) << name;
}

TEST(HopByHop, ConnectionListsFurtherOnes) {
    const Fields list = fields({{"Connection", "close, X-Secret"}, {"Connection", "x-other"}});
    EXPECT_TRUE(is_hop_by_hop("x-secret", list));
    EXPECT_TRUE(is_hop_by_hop("X-Other", list));
    EXPECT_FALSE(is_hop_by_hop("X-Secre", list));
}

TEST(HopByHop, HostAndContentLengthCannotBeListedAway) {
    const Fields list = fields({{"Connection", "Host, Content-Length"}});
    EXPECT_FALSE(is_hop_by_hop("Host", list));
    EXPECT_FALSE(is_hop_by_hop("Content-Length", list));
}

TEST(Fields, DropsNamesWithACharacter) {
    Fields fields;
    fields.add("X-Forwarded-For", "a_b");
    fields.add("X_Forwarded_For", "spoofed");
    fields.add("Host", "h");
    fields.drop_names_with('_');
    ASSERT_EQ(fields.size(), 2u);
    EXPECT_EQ(fields[0].name, "X-Forwarded-For");
    EXPECT_EQ(fields[1].value, "h");
}

}  // namespace
}  // namespace proxy_tests
