using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Analytics;

/// <summary>Names and departments of users and when they were so, for figures by owner and by department.</summary>
internal sealed class PeopleStates : TableProjection
{
    public const string ProjectionName = "analytics.people";

    public override string Name => ProjectionName;

    public override IReadOnlyList<string> Tables { get; } = ["analytics.people_states"];

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(UserRegistered), typeof(UserChanged), typeof(DepartmentRenamed)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case UserRegistered x:
                sql.Add($"""
                    insert into {sql.Table("analytics.people_states")} (id, version, name, department, known_from, known_to, true_from, true_to)
                    values ({e.StreamId}, {e.Version}, {x.DisplayName}, {x.Department}, '-infinity', 'infinity', '-infinity', 'infinity')
                    """);
                break;
            case DepartmentRenamed x:
                // How a department is called has no date: figures of former times go by its name of today.
                sql.Add($"update {sql.Table("analytics.people_states")} set department = {x.Name} where department = {x.From}");
                break;
            case UserChanged x when x.DisplayName is not null || x.Department is not null || (x.Cleared?.Contains("department") ?? false):
                sql.Add($"""
                    with closed as (
                      update {sql.Table("analytics.people_states")} set known_to = greatest({e.Timestamp}, known_from), true_to = greatest({e.EffectiveAt}, true_from)
                      where id = {e.StreamId} and known_to = 'infinity' returning *)
                    insert into {sql.Table("analytics.people_states")} (id, version, name, department, known_from, known_to, true_from, true_to)
                    select id, {e.Version}, coalesce({x.DisplayName}, name),
                      case when {x.Department is not null || (x.Cleared?.Contains("department") ?? false)} then {x.Department} else department end,
                      known_to, 'infinity', true_to, 'infinity' from closed
                    """);
                break;
        }
    }
}
