using System.Globalization;
using System.Runtime.InteropServices;
using Crm.Benchmarks;
using Crm.Host;
using Npgsql;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
// The product's own words at its start are not part of the table.
var output = Console.Out;
Console.SetOut(TextWriter.Null);
BenchOptions options;
try
{
    options = BenchOptions.Parse(args);
    if (options.Only.FirstOrDefault(name => Workloads(new CustomerPages("", options), new Reaching("", options)).All(w => w.Name != name)) is { } unknown) throw new FormatException($"There is no workload '{unknown}'; --list names them.");
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
if (options.List)
{
    foreach (var workload in Workloads(new CustomerPages("", options), new Reaching("", options))) output.WriteLine($"{workload.Name,-12} {workload.Text}{(workload.Yardstick is { } y ? "; against " + y.Text : "")}");
    return 0;
}

var home = Directory.CreateTempSubdirectory("crm-bench-postgres-").FullName;
await using var embedded = options.Postgres is null ? await EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions(home) { Database = "postgres" }) : null;
try
{
    var server = options.Postgres ?? embedded!.ConnectionString;
    await DemandDurability(server, output);
    var rows = new List<Row>();
    await using var pages = new CustomerPages(server, options);
    await using var reaching = new Reaching(server, options);
    var chosen = Workloads(pages, reaching).Where(w => options.Only.Count == 0 || options.Only.Contains(w.Name)).ToArray();
    for (var round = 1; round <= options.Rounds; round++)
    {
        // Yardstick and workload alternate, so that a machine that slows down slows both.
        var yardsticks = new Dictionary<string, Measurement>();
        foreach (var workload in chosen)
        {
            Measurement? yardstick = null;
            if (workload.Yardstick is { } y && !yardsticks.TryGetValue(y.Key, out yardstick))
            {
                await using var bench = await Bench.OpenAsync(server, options);
                yardsticks.Add(y.Key, yardstick = await y.Measure(bench));
            }
            await using (var bench = await Bench.OpenAsync(server, options)) rows.Add(new Row(workload, await workload.Measure(bench), yardstick));
            Console.Error.WriteLine($"round {round}: {workload.Name} {rows[^1].Ours.Rate:N0}{workload.Unit}{(yardstick is null ? "" : $", {workload.Yardstick!.Text} {yardstick.Rate:N0}/s")}");
        }
    }
    Report.Print(rows, options, output);
    return 0;
}
finally
{
    if (embedded is not null) await embedded.DisposeAsync();
    PostgresHome.Delete(home);
}

static IEnumerable<Workload> Workloads(CustomerPages pages, Reaching reaching) => [.. Streams.All, .. Rebuilding.All, .. Following.All, .. pages.All, .. reaching.All, .. Serving.All, .. Importing.All];

static async Task DemandDurability(string server, TextWriter output)
{
    await using var source = NpgsqlDataSource.Create(server);
    await using var command = source.CreateCommand("select current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')");
    await using var reader = await command.ExecuteReaderAsync();
    await reader.ReadAsync();
    if (reader.GetString(1) != "on" || reader.GetString(2) != "on") throw new InvalidOperationException("fsync and synchronous_commit must be on: other rates mean nothing.");
    output.WriteLine($"PostgreSQL {reader.GetString(0)}, fsync and synchronous_commit on; {RuntimeInformation.FrameworkDescription} on {Environment.ProcessorCount} processors, load and server on one machine.");
}
