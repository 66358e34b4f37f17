using System.ComponentModel.DataAnnotations;

namespace EventGateway.MockUpstream;

/// <summary>
/// How the mock starts: bound from the section <c>Mock</c>. The defaults are the original mock's numbers. The dials move at run time
/// too, by <c>PUT /__mock/faults</c>; <c>POST /__mock/reset</c> brings them back to what is written here.
/// </summary>
public sealed class MockUpstreamOptions
{
    private const string NoTime = "00:00:00";
    private const string TenMinutes = "00:10:00";

    /// <summary>TCP port, on all interfaces. 0 takes a free one. Default 4000.</summary>
    [Range(0, 65535)]
    public int Port { get; set; } = 4000;

    /// <summary>Makes the failures the same in each run, if requests come one at a time. Default: they differ.</summary>
    public int? Seed { get; set; }

    /// <summary>Time before <c>getEventById</c> answers, to the millisecond. Default 500 ms, at most 10 min.</summary>
    [Range(typeof(TimeSpan), NoTime, TenMinutes)]
    public TimeSpan EventLatency { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Share of <c>getUsers</c> and <c>getEvents</c> calls whose connection is reset, 0 to 1. Default 0.05.</summary>
    [Range(0.0, 1.0)]
    public double ReadFailureShare { get; set; } = 0.05;

    /// <summary>How many <c>addEvent</c> requests in a row succeed. Default 5.</summary>
    [Range(0, int.MaxValue)]
    public int AddEventSucceed { get; set; } = 5;

    /// <summary>How many <c>addEvent</c> requests in a row then answer 503, before the count starts again. Default 10.</summary>
    [Range(0, int.MaxValue)]
    public int AddEventFail { get; set; } = 10;

    /// <summary>Time before such a 503, to the millisecond. Default 100 ms, at most 10 min.</summary>
    [Range(typeof(TimeSpan), NoTime, TenMinutes)]
    public TimeSpan AddEventFailLatency { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Dials to set at the start besides these: the JSON text that <c>PUT /__mock/faults</c> takes. Default: none.</summary>
    public string? Faults { get; set; }
}
