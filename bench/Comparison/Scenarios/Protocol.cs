namespace EventGateway.Comparison.Scenarios;

/// <summary>What clients speak.</summary>
internal enum Protocol
{
    Http1,
    Http1OverTls,
    Http2OverTls,
}
