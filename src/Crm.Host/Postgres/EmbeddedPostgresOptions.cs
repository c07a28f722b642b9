namespace Crm.Host;

/// <summary>Where and how an embedded server runs.</summary>
/// <param name="Home">Directory that holds the cluster, its log, its password and the owner's lock; created when absent.</param>
internal sealed record EmbeddedPostgresOptions(string Home)
{
    /// <summary>Directory with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> (or its parent); null looks for the npm package, then for an installed PostgreSQL 15 or newer.</summary>
    public string? Binaries { get; init; }

    /// <summary>Database of <see cref="EmbeddedPostgres.ConnectionString"/>; created when absent.</summary>
    public string Database { get; init; } = "crm";

    /// <summary>False trades safety against power loss for speed (no fsync): tests only.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>How long to wait for a host that owns the data and is just stopping.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Receives one English line for each thing an operator would want to know.</summary>
    public Action<string> Report { get; init; } = _ => { };
}
