using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace EventGateway.Gateway.ClientAddress;

/// <summary>
/// A listener for both protocols has IPv4 clients in IPv6's form. Upstreams, logs and limits shall know one form of an address; it is
/// found once for each connection, not for each request.
/// </summary>
internal static class PlainAddresses
{
    public static void UsePlainAddresses(this ListenOptions listener) => listener.Use(static next => connection =>
    {
        if (connection.RemoteEndPoint is IPEndPoint { Address.IsIPv4MappedToIPv6: true } client)
        {
            connection.RemoteEndPoint = new IPEndPoint(client.Address.MapToIPv4(), client.Port);
        }

        return next(connection);
    });
}
