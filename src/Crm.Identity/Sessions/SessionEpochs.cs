using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Identity;

/// <summary>Who may sign in, and the event that ended every session before it; in the transaction of the event, so that it holds at once on every node.</summary>
internal sealed class SessionEpochs : TableProjection
{
    public override string Name => "identity.access";

    public override bool WritesRowsOfStream => true;

    public override IReadOnlyCollection<Type> Events { get; } =
    [
        typeof(UserRegistered), typeof(UserChanged), typeof(UserPasswordSet), typeof(UserRemoved), typeof(UserSecondFactorEnabled), typeof(UserSecondFactorDisabled),
        typeof(UserSecondFactorReset), typeof(UserSessionsRevoked),
    ];

    /// <summary>Whether an event ends the sessions there are: another role, another factor, or no access any more.</summary>
    public static bool EndsSessions(object data) => data switch
    {
        UserChanged x => x.Role is not null || x.Roles is not null || x.Active is not null,
        UserPasswordSet or UserSecondFactorEnabled or UserSecondFactorDisabled or UserSecondFactorReset or UserSessionsRevoked => true,
        _ => false,
    };

    public override void Project(Event e, SqlBatch sql)
    {
        var table = sql.Table(Name);
        switch (e.Data)
        {
            case UserRegistered x:
                sql.Add($"insert into {table} (user_id, user_name, role, active, epoch) values ({e.StreamId}, {x.UserName}, {x.Role}, {true}, {e.Version})");
                break;
            case UserRemoved:
                sql.Add($"delete from {table} where user_id = {e.StreamId}");
                break;
            case UserChanged x when EndsSessions(x):
                sql.Add($"update {table} set role = coalesce({x.Role}, role), active = coalesce({x.Active}, active), epoch = {e.Version} where user_id = {e.StreamId}");
                break;
            case var data when EndsSessions(data):
                sql.Add($"update {table} set epoch = {e.Version} where user_id = {e.StreamId}");
                break;
        }
    }
}
