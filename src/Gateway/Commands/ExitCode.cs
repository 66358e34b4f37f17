namespace EventGateway.Gateway.Commands;

/// <summary>What the process tells its caller.</summary>
public static class ExitCode
{
    public const int Success = 0;

    /// <summary>A port is taken; a check found mistakes.</summary>
    public const int Failure = 1;

    /// <summary>A file can't be read.</summary>
    public const int Unreadable = 2;

    /// <summary>The configuration is wrong (EX_CONFIG of sysexits.h).</summary>
    public const int BadConfiguration = 78;
}
