using Crm.EventStore;
using Npgsql;

namespace Crm.Analytics;

/// <summary>
/// The text of a report's statements. Values are parameters; what is written into the text is the name of the axis and conditions that are
/// present or absent. Parameters are collected by name and sent by position.
/// </summary>
internal sealed class ReportSql(ReportQuery query)
{
    private readonly List<NpgsqlParameter> parameters = [];
    private readonly Dictionary<string, string> places = [];

    /// <summary><c>true</c> or <c>known</c>: the axis of the instant.</summary>
    public string Axis { get; } = query.Basis == Basis.Recorded ? "known" : "true";

    /// <summary>The placeholder of a value; the same name is sent once.</summary>
    public string Value<T>(string name, T value)
    {
        if (places.TryGetValue(name, out var place)) return place;
        parameters.Add(Statement.Parameter(value));
        return places[name] = $"${parameters.Count}";
    }

    /// <summary>The instant.</summary>
    public string At => Value("at", query.At);

    /// <summary>
    /// The common table <c>standing</c>: one row for each opportunity that exists at the instant, with what is true of it then. A funnel's
    /// figures and rows all begin with it, which is why they agree.
    /// </summary>
    /// <param name="withPeople">Whether name and department of the owner are wanted beside the state; a department asked for joins them anyway.</param>
    public string Standing(bool withPeople) => $"""
        standing as (
          select s.*{(withPeople ? ", p.name as owner_name, p.department" : "")}
          from analytics.opportunity_states s
          {(withPeople || query.Department is not null ? $"left join analytics.people_states p on p.id = s.owner_id and p.{Axis}_from <= {At} and p.{Axis}_to > {At}" : "")}
          where s.{Axis}_from <= {At} and s.{Axis}_to > {At} {Filter("s", "p")} {(query.IsPast ? "" : "and s.known_to = 'infinity'")})
        """;

    /// <summary>The conditions of the question on an opportunity's state and its owner.</summary>
    public string Filter(string state, string owner) =>
        (query.PipelineId is { } pipeline ? $" and {state}.pipeline_id = {Value("pipeline", pipeline)}" : "")
        + Visible(state) + People($"{state}.owner_id", owner);

    /// <summary>The condition that the reader may see an opportunity, by who is responsible for it and for its customer today.</summary>
    private string Visible(string state)
    {
        if (query.Opportunities is { IsAll: true }) return "";
        var owners = Value("reach", query.Opportunities.Owners);
        return $"""
             and {state}.opportunity_id in (
               select seen.opportunity_id from analytics.opportunity_states seen where seen.known_to = 'infinity' and (seen.owner_id = any({owners})
                 {(query.Opportunities.OfNobody ? "or seen.owner_id is null" : "")} or seen.customer_id in (select own.id from analytics.customers own where own.owner_id = any({owners}))))
            """;
    }

    /// <summary>The condition that the reader may see a ticket, by its agent and who is responsible for its customer today.</summary>
    public string VisibleTicket(string rating)
    {
        if (query.Tickets is { IsAll: true }) return "";
        var owners = Value("ticketReach", query.Tickets.Owners);
        return $"""
             and ({rating}.ticket_id in (select seen.id from analytics.tickets seen where seen.assignee_id = any({owners}) {(query.Tickets.OfNobody ? "or seen.assignee_id is null" : "")})
               or {rating}.customer_id in (select own.id from analytics.customers own where own.owner_id = any({owners})))
            """;
    }

    /// <summary>The conditions of the question on who is responsible.</summary>
    public string People(string id, string person) =>
        query.Owner switch { null => "", ReportQuery.Nobody => $" and {id} is null", var user => $" and {id} = {Value("owner", Guid.Parse(user))}" }
        + query.Department switch { null => "", ReportQuery.Nobody => $" and {person}.department is null", var department => $" and {person}.department = {Value("department", department)}" };

    /// <summary>The condition that a column on the effective axis lies in the period.</summary>
    public string InPeriod(string column) =>
        (query.Start is { } start ? $"{column} >= {Value("start", start)} and " : "") + $"{column} < {Value("end", query.End)}";

    /// <summary>The key and the name by which figures are split, over <c>standing</c>.</summary>
    public static (string Key, string Name) Group(GroupBy groupBy, string alias) => groupBy switch
    {
        GroupBy.Owner => ($"coalesce({alias}.owner_id::text, '')", $"{alias}.owner_name"),
        GroupBy.Department => ($"coalesce({alias}.department, '')", $"{alias}.department"),
        _ => ("''", "null::text"),
    };

    /// <summary>Runs one statement and reads its rows.</summary>
    public async Task<List<T>> ReadAsync<T>(NpgsqlDataSource database, string sql, Func<NpgsqlDataReader, T> row, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter.Clone());
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<T>();
        while (await reader.ReadAsync(ct)) rows.Add(row(reader));
        return rows;
    }
}
