using System.Globalization;

namespace Crm.Benchmarks;

/// <summary>The options of the command line.</summary>
internal sealed record BenchOptions
{
    public const string Help = """
        dotnet run --project build bench [-- options]

          --only a,b,…      run these workloads only; --list names them
          --seconds n       measured seconds of each run          (10)
          --warm-up n       seconds before them                   (3)
          --rounds n        rounds, of which the median counts    (3)
          --events n        events of the catch-up                (200000)
          --customers n     customers behind the list page        (100000)
          --rows n          rows of the imported file             (20000)
          --postgres text   connection string of a server to use, with fsync and synchronous_commit on; its user may create
                            databases. Without it an embedded server is started for the run.
          --list            list the workloads
        """;

    public IReadOnlySet<string> Only { get; private init; } = new HashSet<string>();

    public TimeSpan Measured { get; private init; } = TimeSpan.FromSeconds(10);

    public TimeSpan WarmUp { get; private init; } = TimeSpan.FromSeconds(3);

    public int Rounds { get; private init; } = 3;

    public int Events { get; private init; } = 200_000;

    public int Customers { get; private init; } = 100_000;

    public int Rows { get; private init; } = 20_000;

    public string? Postgres { get; private init; }

    public bool List { get; private init; }

    /// <exception cref="FormatException">An option is unknown or its value is not what it should be.</exception>
    public static BenchOptions Parse(string[] args)
    {
        var options = new BenchOptions();
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{args[i - 1]} needs a value.");
            double Number() => double.TryParse(Value(), CultureInfo.InvariantCulture, out var n) && n > 0 ? n : throw new FormatException($"{args[i - 1]} needs a number above 0, not '{args[i]}'.");
            options = args[i] switch
            {
                "--only" => options with { Only = Value().Split(',').ToHashSet() },
                "--seconds" => options with { Measured = TimeSpan.FromSeconds(Number()) },
                "--warm-up" => options with { WarmUp = TimeSpan.FromSeconds(Number()) },
                "--rounds" => options with { Rounds = (int)Number() },
                "--events" => options with { Events = (int)Number() },
                "--customers" => options with { Customers = (int)Number() },
                "--rows" => options with { Rows = (int)Number() },
                "--postgres" => options with { Postgres = Value() },
                "--" => options,
                "--list" => options with { List = true },
                _ => throw new FormatException($"'{args[i]}' is not an option.\n\n{Help}"),
            };
        }
        return options;
    }
}
