// Listening sockets of every family.
#include "proxy/accept/open_sockets.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.hpp"

namespace proxy_tests {
namespace {

using proxy::accept::ListeningSocket;

config::Listen listen_on(config::Address address) {
    config::Listen listen;
    listen.address = std::move(address);
    return listen;
}

bool connects(const std::string& path) {
    const auto address = *net::unix_address(path);
    const net::Descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return ::connect(client.get(), address.data(), static_cast<socklen_t>(address.size())) == 0;
}

std::uint16_t port_of(const net::Descriptor& socket) {
    sockaddr_in name{};
    socklen_t size = sizeof name;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
    return ntohs(name.sin_port);
}

TEST(ListeningSocket, GivesEachWorkerADescriptor) {
    const auto opened = ListeningSocket::open(listen_on(config::TcpAddress{"127.0.0.1", 0}), 2);
    ASSERT_TRUE(opened);
    const net::Descriptor first = (*opened)->take(0);
    const net::Descriptor second = (*opened)->take(1);
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    EXPECT_NE(first.get(), second.get());
    int reuse = 0;
    socklen_t size = sizeof reuse;
    ::getsockopt(first.get(), SOL_SOCKET, SO_REUSEPORT, &reuse, &size);
    EXPECT_EQ(reuse, 1);
    EXPECT_NE(::fcntl(first.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(ListeningSocket, ProbeFindsAnAddressInUse) {
    const auto first = ListeningSocket::open(listen_on(config::TcpAddress{"127.0.0.1", 0}), 1);
    ASSERT_TRUE(first);
    const net::Descriptor taken = (*first)->take(0);
    const std::uint16_t port = port_of(taken);
    EXPECT_EQ(ListeningSocket::probe(listen_on(config::TcpAddress{"127.0.0.1", port})),
              boost::system::errc::address_in_use);
}

TEST(OpenSockets, OpensAWildcardBesideAnAddressOfTheSamePort) {
    std::uint16_t port = 0;
    {
        const auto free = ListeningSocket::open(listen_on(config::TcpAddress{"127.0.0.1", 0}), 1);
        ASSERT_TRUE(free);
        port = port_of((*free)->take(0));
    }
    config::Model model;
    config::Server& server = model.servers.emplace_back();
    server.listen = {listen_on(config::TcpAddress{"", port})};
    const auto first = proxy::accept::open_sockets(model, {}, 2);
    ASSERT_TRUE(first);
    server.listen.push_back(listen_on(config::TcpAddress{"127.0.0.1", port}));
    const auto second = proxy::accept::open_sockets(model, *first, 2);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->size(), 2u);
    EXPECT_EQ(second->begin()->second, first->begin()->second);  // kept, not opened anew
}

TEST(ListeningSocket, OnAUnixPathIsReachableAndRemovedAtTheEnd) {
    const TemporaryFolder folder;
    const std::string path = folder / "t.sock";
    {
        const auto opened = ListeningSocket::open(listen_on(config::UnixAddress{path}), 2);
        ASSERT_TRUE(opened);
        EXPECT_TRUE(connects(path));
        EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::others_write,
                  std::filesystem::perms::others_write);
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ListeningSocket, ReplacesTheUnixSocketOfADeadProcess) {
    const TemporaryFolder folder;
    const std::string path = folder / "t.sock";
    {
        const auto address = *net::unix_address(path);
        const net::Descriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::bind(dead.get(), address.data(), static_cast<socklen_t>(address.size())), 0);
    }
    ASSERT_TRUE(std::filesystem::exists(path));
    const auto opened = ListeningSocket::open(listen_on(config::UnixAddress{path}), 1);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(connects(path));
}

TEST(ListeningSocket, LeavesTheUnixSocketOfALivingProcessAlone) {
    const TemporaryFolder folder;
    const std::string path = folder / "t.sock";
    const auto first = ListeningSocket::open(listen_on(config::UnixAddress{path}), 1);
    ASSERT_TRUE(first);
    EXPECT_FALSE(ListeningSocket::open(listen_on(config::UnixAddress{path}), 1));
    EXPECT_TRUE(connects(path));
}

TEST(ListeningSocket, DoesNotRemoveAFileThatIsNoSocket) {
    const TemporaryFolder folder;
    const std::string path = folder / "precious";
    std::ofstream(path) << "data";
    EXPECT_FALSE(ListeningSocket::open(listen_on(config::UnixAddress{path}), 1));
    EXPECT_EQ(content_of(path), "data");
}

}  // namespace
}  // namespace proxy_tests
