namespace Crm.Testing;

/// <summary>How long a test waits for a condition before it calls it a failure.</summary>
public static class Patience
{
    /// <summary>
    /// Three minutes. It is no expectation of speed: a machine that runs several suites at once may stand still for half a minute, and a test must fail for what is
    /// wrong only.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
}
