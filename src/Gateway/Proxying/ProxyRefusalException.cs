namespace EventGateway.Gateway.Proxying;

/// <summary>YARP doesn't take a plan that all checks found good. By the exception's own source that couldn't be told: a native program knows none.</summary>
#pragma warning disable CA1032 // made in one place, of what YARP throws
internal sealed class ProxyRefusalException(InvalidOperationException cause) : Exception(ReasonsIn(cause), cause)
#pragma warning restore CA1032
{
    // YARP's own message says only that something was wrong.
    private static string ReasonsIn(InvalidOperationException cause)
    {
        var causes = cause.InnerException is AggregateException many ? many.Flatten().InnerExceptions : [cause.InnerException ?? cause];
        return string.Join(" ", causes.Select(e => e.GetBaseException().Message)).ReplaceLineEndings(" ");
    }
}
