// What a record layer makes of what a peer may seal, at every cut.
#include "net/record_layer.hpp"

#include <array>
#include <initializer_list>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace net_tests {
namespace {

using net::ContentType;
using net::TrafficKeys;
using Next = net::RecordLayer::Next;
using Role = net::RecordLayer::Role;

net::TrafficState state(unsigned char seed, std::uint64_t records = 0) {
    std::array<unsigned char, 32> bytes;
    bytes.fill(seed);
    return {net::TrafficSecret(bytes), records};
}

const net::CipherSuite& suite() { return *net::find_cipher_suite(0x1301); }

class RecordLayer : public testing::Test {
  protected:
    std::string sealed(ContentType type, std::string_view content) {
        std::string record(content.size() + TrafficKeys::overhead, '\0');
        peer.seal(type, content, record.data());
        return record;
    }
    std::string data(std::string_view content) { return sealed(ContentType::application_data, content); }
    std::string message(std::string_view content) { return sealed(ContentType::handshake, content); }

    // In the order of sealing, which operands of + would not keep.
    static std::string row(std::initializer_list<std::string> records) {
        std::string all;
        for (const std::string& record : records) all += record;
        return all;
    }

    // Adds what the records hold to `text`.
    net::RecordLayer::Opened open(std::string_view records) {
        std::string room(records.size() + TrafficKeys::most_protected, '\0');
        const auto opened = layer.open(records, room);
        text.append(room, 0, opened.produced);
        return opened;
    }

    // The failure that records meet.
    std::string refusal(const std::string& records) {
        const auto opened = open(records);
        return opened.next == Next::failed ? opened.error.message() : "taken";
    }

    // The alert for it, as the peer reads it: its description.
    int alert() {
        const std::string record = layer.control();
        if (record.empty()) return -1;
        std::string inner(record.size(), '\0');
        const auto size = alert_reader.open(record, inner.data());
        return size == 3u && inner[2] == 21 ? static_cast<unsigned char>(inner[1]) : -2;
    }

    TrafficKeys peer{suite(), state(1)};
    TrafficKeys alert_reader{suite(), state(2)};
    net::RecordLayer layer{Role::client, suite(), state(1), state(2)};
    std::string text;
};

constexpr std::string_view update{"\x18\0\0\1\0", 5};
constexpr std::string_view update_requested{"\x18\0\0\1\1", 5};
const std::string ticket = std::string("\4\0\1\0", 4) + std::string(256, 't');

TEST_F(RecordLayer, OpensWholeRecordsAndLeavesTheRest) {
    const std::string records = row({data("one "), data("two "), data("three")});
    const std::string_view part = std::string_view(records).substr(0, records.size() - 1);
    const auto first = open(part);
    EXPECT_EQ(first.next, Next::more_records);
    EXPECT_EQ(text, "one two ");
    open(std::string_view(records).substr(first.consumed));
    EXPECT_EQ(text, "one two three");
}

TEST_F(RecordLayer, TellsAWholeRecordFromAPart) {
    const std::string record = data("text");
    for (std::size_t size = 0; size < record.size(); ++size)
        EXPECT_FALSE(net::RecordLayer::has_record(std::string_view(record).substr(0, size))) << size;
    EXPECT_TRUE(net::RecordLayer::has_record(record));
    EXPECT_TRUE(net::RecordLayer::has_record("HTTP/1.1 200 OK")) << "which is to be refused now, not waited for";
}

TEST_F(RecordLayer, StopsWhereTheRoomEnds) {
    const std::string records = row({data(std::string(1000, 'a')), data(std::string(1000, 'b'))});
    std::string room(1500, '\0');
    const auto opened = layer.open(records, room);
    EXPECT_EQ(opened.next, Next::more_room);
    EXPECT_EQ(opened.produced, 1000u);
    EXPECT_EQ(opened.consumed, records.size() / 2);
}

TEST_F(RecordLayer, PaddingIsNoText) {
    // The type behind a text that ends with the real type, and zeros, is one more zero.
    open(sealed(ContentType{0}, {"text\x17\0\0\0", 8}));
    EXPECT_EQ(text, "text");
}

TEST_F(RecordLayer, NothingButPaddingIsRefused) {
    EXPECT_EQ(refusal(sealed(ContentType{0}, {"\0\0\0", 3})), "bad record type");
    EXPECT_EQ(alert(), 10);
}

TEST_F(RecordLayer, TakesTheLongestRecordAndNoLonger) {
    EXPECT_EQ(refusal(data(std::string(TrafficKeys::most_text, 'x'))), "taken");
    EXPECT_EQ(text.size(), TrafficKeys::most_text);
    EXPECT_EQ(refusal(data(std::string(TrafficKeys::most_text + 1, 'x'))), "data length too long");
    EXPECT_EQ(alert(), 22);
}

TEST_F(RecordLayer, RefusesLengthsThatNoRecordHas) {
    EXPECT_EQ(refusal({"\x17\3\3\x41\1", 5}), "encrypted length too long");
    EXPECT_EQ(alert(), 22);
    EXPECT_EQ(refusal({"\x17\3\3\0\x10", 5}), "length too short");
    EXPECT_EQ(alert(), 20);
}

TEST_F(RecordLayer, RefusesWhatIsNotProtected) {
    EXPECT_EQ(refusal({"\x15\3\3\0\2\1\0", 7}), "unexpected record") << "anybody could have sent that close_notify";
    EXPECT_EQ(alert(), 10);
}

TEST_F(RecordLayer, RefusesEveryChangedByte) {
    const std::string record = data("text");
    for (std::size_t at = 5; at < record.size(); ++at) {
        net::RecordLayer fresh(Role::client, suite(), state(1), state(2));
        std::string changed = record;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        std::string room(TrafficKeys::most_protected, '\0');
        EXPECT_EQ(fresh.open(changed, room).next, Next::failed) << at;
    }
}

TEST_F(RecordLayer, RefusesARecordThatComesTwice) {
    const std::string record = data("once");
    EXPECT_EQ(refusal(record + record), "decryption failed or bad record mac");
    EXPECT_EQ(text, "once") << "which had come before";
}

TEST_F(RecordLayer, CloseNotifyEndsItAndNothingBehindItCounts) {
    const auto opened = open(row({data("last words"), sealed(ContentType::alert, {"\1\0", 2}), data("more")}));
    EXPECT_EQ(opened.next, Next::ended);
    EXPECT_EQ(text, "last words");
}

TEST_F(RecordLayer, AlertsAreFailuresWhateverTheirLevel) {
    EXPECT_EQ(refusal(sealed(ContentType::alert, {"\1\x14", 2})), "sslv3 alert bad record mac");
    EXPECT_EQ(alert(), -1) << "an alert is not answered";
}

TEST_F(RecordLayer, ACancelIsFollowedByCloseNotify) {
    const auto opened = open(row({sealed(ContentType::alert, {"\1\x5a", 2}), sealed(ContentType::alert, {"\1\0", 2})}));
    EXPECT_EQ(opened.next, Next::ended);
}

TEST_F(RecordLayer, AnAlertHasTwoBytes) {
    EXPECT_EQ(refusal(sealed(ContentType::alert, {"\1\0\1\0", 4})), "invalid alert");
    EXPECT_EQ(alert(), 50);
}

TEST_F(RecordLayer, FollowsAKeyUpdateAtEveryCut) {
    for (std::size_t cut = 1; cut < update.size(); ++cut) {
        std::string records = message(update.substr(0, cut));
        records += message(update.substr(cut));
        peer.update();
        records += data("x");
        ASSERT_EQ(refusal(records), "taken") << cut;
    }
    EXPECT_EQ(text, "xxxx");
    EXPECT_EQ(layer.control(), "") << "nobody has asked for an answer";
}

TEST_F(RecordLayer, AnswersManyRequestsOnce) {
    for (int turn = 0; turn < 5; ++turn) {
        const std::string record = message(update_requested);
        peer.update();
        ASSERT_EQ(refusal(record), "taken");
    }
    EXPECT_EQ(layer.control().size(), update.size() + TrafficKeys::overhead);
    EXPECT_EQ(layer.control(), "");
}

TEST_F(RecordLayer, TheAnswerGoesBeforeTheNextText) {
    refusal(message(update_requested));
    std::string records(1000, '\0');
    const auto sealed = layer.seal("text", records);
    EXPECT_EQ(sealed.size, update.size() + 4 + 2 * TrafficKeys::overhead);
    net::RecordLayer reader(Role::server, suite(), state(2), state(1));
    std::string room(TrafficKeys::most_protected, '\0');
    const auto opened = reader.open(std::string_view(records).substr(0, sealed.size), room);
    EXPECT_EQ(room.substr(0, opened.produced), "text");
}

TEST_F(RecordLayer, NothingMayFollowAKeyUpdateInItsRecord) {
    EXPECT_EQ(refusal(message(std::string(update) + ticket)), "not on record boundary");
    EXPECT_EQ(alert(), 10);
}

TEST_F(RecordLayer, AKeyUpdateIsRequestedOrNot) {
    EXPECT_EQ(refusal(message({"\x18\0\0\1\2", 5})), "bad key update");
    EXPECT_EQ(alert(), 47);
}

TEST_F(RecordLayer, AKeyUpdateHasOneByte) {
    EXPECT_EQ(refusal(message({"\x18\0\0\2\0\0", 6})), "bad key update");
    EXPECT_EQ(alert(), 50);
}

TEST_F(RecordLayer, SkipsTicketsAtEveryCut) {
    for (std::size_t cut = 1; cut < ticket.size(); ++cut) {
        const std::string records =
            row({message(std::string_view(ticket).substr(0, cut)), message(ticket.substr(cut) + ticket), data("x")});
        ASSERT_EQ(refusal(records), "taken") << cut;
    }
    EXPECT_EQ(text.size(), ticket.size() - 1);
}

TEST_F(RecordLayer, AServerGetsNoTickets) {
    net::RecordLayer server(Role::server, suite(), state(1), state(2));
    std::string room(TrafficKeys::most_protected, '\0');
    EXPECT_EQ(server.open(message(ticket), room).error.message(), "unexpected message");
}

TEST_F(RecordLayer, NothingComesBetweenThePartsOfAMessage) {
    EXPECT_EQ(refusal(row({message(ticket.substr(0, 20)), data("x")})), "unexpected record");
    EXPECT_EQ(alert(), 10);
}

TEST_F(RecordLayer, RefusesHandshakesAndEmptyMessages) {
    EXPECT_EQ(refusal(message({"\1\0\0\0", 4})), "unexpected message");
    EXPECT_EQ(refusal(message("")), "unexpected record");
    EXPECT_EQ(refusal(sealed(ContentType::change_cipher_spec, "\1")), "unexpected record");
}

TEST_F(RecordLayer, RecordsThatLeadNowhereAreCounted) {
    for (int turn = 0; turn < 2; ++turn) {
        EXPECT_EQ(refusal(data("x")), "taken");
        for (int count = 0; count < 32; ++count) ASSERT_EQ(refusal(data("")), "taken") << count;
    }
    EXPECT_EQ(refusal(data("")), "record too small");
}

TEST_F(RecordLayer, RenewsItsKeysBeforeTheyAreWorn) {
    constexpr std::uint64_t most = std::uint64_t{1} << 23;
    net::RecordLayer writer(Role::server, suite(), state(2), state(1, most - 2));
    net::RecordLayer reader(Role::client, suite(), state(1, most - 2), state(2));
    std::vector<std::size_t> sizes;
    const std::string full(TrafficKeys::most_text, 'x');
    for (int turn = 0; turn < 4; ++turn) {
        std::string records(20'000, '\0');
        records.resize(writer.seal(full, records).size);
        sizes.push_back(records.size());
        std::string room(TrafficKeys::most_protected, '\0');
        const auto opened = reader.open(records, room);
        ASSERT_EQ(room.substr(0, opened.produced), full) << turn;
    }
    const std::size_t one = full.size() + TrafficKeys::overhead;
    EXPECT_EQ(sizes, (std::vector<std::size_t>{one, one, one + update.size() + TrafficKeys::overhead, one}));
}

TEST_F(RecordLayer, SealsWhatFindsRoom) {
    const std::string long_text(100'000, 'x');
    std::string records(50'000, '\0');
    const auto sealed = layer.seal(long_text, records);
    EXPECT_LE(sealed.size, records.size());
    EXPECT_GT(sealed.taken, 49'000u);
    net::RecordLayer reader(Role::server, suite(), state(2), state(1));
    std::string room(60'000, '\0');
    EXPECT_EQ(reader.open(std::string_view(records).substr(0, sealed.size), room).produced, sealed.taken);
}

}  // namespace
}  // namespace net_tests
