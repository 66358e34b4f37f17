namespace EventGateway.MockUpstream.Events;

/// <summary>The original mock's turns: so many writes succeed, so many fail, and again.</summary>
internal sealed class AddEventCycle
{
    private readonly Lock _gate = new();
    private (int Succeed, int Fail) _turns;   // guarded by _gate
    private int _arrived;                     // guarded by _gate: writes of the present cycle

    public bool NextSucceeds(int succeed, int fail)
    {
        lock (_gate)
        {
            if (_turns != (succeed, fail))
            {
                _turns = (succeed, fail);
                _arrived = 0;   // whoever turns the dial wants to know what the next write gets
            }

            var place = _arrived++;
            if (_arrived - succeed >= fail)   // not succeed + fail: both may be as large as an int
            {
                _arrived = 0;
            }

            return place < succeed;
        }
    }

    public void Reset()
    {
        lock (_gate)
        {
            _arrived = 0;
        }
    }
}
