using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace EventGateway.Gateway.Configuration;

/// <summary>Brings the file's log levels into the framework's filter, at start and at each reload.</summary>
internal sealed class LogLevels(LoggingOptions initial) : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private readonly ChangeSignal _changed = new();
    private volatile LoggingOptions _current = initial;

    public string Name => Options.DefaultName;

    public void Apply(LoggingOptions options)
    {
        _current = options;
        _changed.Raise();
    }

    public IChangeToken GetChangeToken() => _changed.Token;

    public void Configure(LoggerFilterOptions options)
    {
        options.MinLevel = LogLevel.Information;

        // The frameworks log each failing call, with its stack: the access log has that call in one line.
        Add("Microsoft", LogLevel.Warning);
        Add("Microsoft.Extensions.Hosting", LogLevel.Critical);   // a failed start is told in one line on standard error
        Add("Microsoft.AspNetCore.DataProtection", LogLevel.Error);   // warns about keys that only session affinity would use
        Add("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);   // while it logs, even nothing but errors, each request gets an activity and a scope
        Add("System", LogLevel.Warning);
        Add("Yarp", LogLevel.Error);
        Add("Yarp.ReverseProxy.SessionAffinity", LogLevel.Critical);   // a cookie that nobody made is a client's doing, and no error of ours
        Add("Yarp.ReverseProxy.Management.ProxyConfigManager", LogLevel.None);   // a refused plan is told by the watcher, with its reasons
        foreach (var (category, level) in _current.LogLevel)
        {
            Add(category.Equals("Default", StringComparison.OrdinalIgnoreCase) ? null : category, level);
        }

        void Add(string? category, LogLevel level) => options.Rules.Add(new LoggerFilterRule(providerName: null, category, level, filter: null));
    }
}
