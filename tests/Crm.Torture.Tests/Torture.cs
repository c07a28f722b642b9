using System.Globalization;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(Crm.Torture.Tests.Server))]

namespace Crm.Torture.Tests;

/// <summary>How much of each fault there is, where its chances begin, and what is said about it.</summary>
internal static class Torture
{
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    /// <summary>How long something that must come about is waited for; no expectation of speed, since a busy machine may stand still for half a minute.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(IsLong ? 10 : 3);

    /// <summary>Whether the long versions run: <c>CRM_TORTURE</c> is set.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("CRM_TORTURE") is { Length: > 0 };

    /// <summary>Where every random number comes from; <c>CRM_TORTURE_SEED</c> repeats a run as far as the machine lets it.</summary>
    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("CRM_TORTURE_SEED"), Plain, out var given) ? given : Random.Shared.Next(1_000_000);

    /// <summary>The amount for the short version and for the long one.</summary>
    public static T Of<T>(T brief, T whole) => IsLong ? whole : brief;

    /// <summary>One line while it goes on; the long versions are watched.</summary>
    public static void Say(FormattableString line)
    {
        var text = line.ToString(Plain);
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        if (IsLong) Console.WriteLine("   " + text);
    }

    /// <summary>What was done and what was counted.</summary>
    public static void Report(string fault, params (string What, object Count)[] counted)
    {
        Say($"{fault} (seed {Seed})");
        var width = counted.Max(c => c.What.Length);
        foreach (var (what, count) in counted) Say($"  {what.PadRight(width)}  {(count is double d ? d.ToString("0.0##", Plain) : Convert.ToString(count, Plain)),12}");
    }

    /// <summary>Waits until something holds.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public static async Task Until(string what, Func<Task<bool>> holds, CancellationToken ct = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (!await holds()) await tick.WaitForNextTickAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"Not within {Patience.TotalSeconds:0} s: {what}.");
        }
    }
}
