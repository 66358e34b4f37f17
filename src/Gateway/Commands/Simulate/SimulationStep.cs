namespace EventGateway.Gateway.Commands.Simulate;

/// <summary>One line of a script that does something.</summary>
/// <param name="Line">Its number in the file, from 1.</param>
/// <param name="Text">As it is written, without comment and needless blanks.</param>
/// <param name="Verb">What happens.</param>
/// <param name="Duration">How long the wait or each of the calls takes.</param>
/// <param name="Count">How many calls follow each other.</param>
internal sealed record SimulationStep(int Line, string Text, SimulationVerb Verb, TimeSpan Duration, int Count);

internal enum SimulationVerb
{
    /// <summary>A call that the upstream answers well.</summary>
    Ok,

    /// <summary>A call that the upstream answers with a failure status.</summary>
    Fail,

    /// <summary>A call that gets no answer in time.</summary>
    Timeout,

    /// <summary>No call; time passes.</summary>
    Wait,
}
