using Crm.Contracts;
using Crm.EventStore;

namespace Crm.Customers;

/// <summary>Names of users, so that lists can show and sort by them, and names they sign in with, by which files may mean them.</summary>
internal sealed class UserNames : TableProjection
{
    public override string Name => "customer.users";

    /// <summary>2: with the name to sign in with.</summary>
    public override int Version => 2;

    public override IReadOnlyCollection<Type> Events { get; } = [typeof(UserRegistered), typeof(UserChanged)];

    public override void Project(Event e, SqlBatch sql)
    {
        switch (e.Data)
        {
            case UserRegistered x:
                sql.Add($"insert into {sql.Table("customer.users")} (id, name, login) values ({e.StreamId.ToString()}, {x.DisplayName}, {x.UserName}) on conflict (id) do update set name = excluded.name, login = excluded.login");
                break;
            case UserChanged { DisplayName: { } name }:
                sql.Add($"update {sql.Table("customer.users")} set name = {name} where id = {e.StreamId.ToString()}");
                break;
        }
    }
}
