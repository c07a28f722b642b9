using System.Reflection;
using Crm.EventStore;
using Crm.Host;
using Crm.Http;
using FluentValidation;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Architecture.Tests;

public sealed class pure_decisions
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static IEnumerable<MethodInfo> Methods(string name) =>
        Source.Modules.Append("Imports").SelectMany(m => Source.Assembly(m).GetTypes()).SelectMany(t => t.GetMethods(Any | BindingFlags.DeclaredOnly)).Where(m => m.Name == name);

    private static IEnumerable<MethodInfo> Decisions() => Methods("Decide").Where(m => m.ReturnType == typeof(Decision));

    [Fact]
    public void decide_is_static_synchronous_and_knows_no_infrastructure()
    {
        Type[] impure = [typeof(DocumentSession), typeof(DocumentStore), typeof(NpgsqlDataSource), typeof(NpgsqlConnection), typeof(TimeProvider), typeof(IServiceProvider), typeof(CommandScope), typeof(Microsoft.AspNetCore.Http.HttpContext)];
        var all = Decisions().ToList();
        all.Count.ShouldBeGreaterThan(20);
        foreach (var method in all)
        {
            method.IsStatic.ShouldBeTrue(Name(method));
            method.GetParameters().Select(p => p.ParameterType).Intersect(impure).ShouldBeEmpty(Name(method));
        }
    }

    [Fact]
    public void evolve_is_static()
    {
        foreach (var method in Methods("Evolve")) method.IsStatic.ShouldBeTrue(Name(method));
    }

    [Fact]
    public void every_command_that_carries_values_has_a_validator()
    {
        var validated = Source.Modules.Append("Imports").SelectMany(m => Source.Assembly(m).GetTypes())
            .Select(t => t.BaseType).Where(b => b is { IsGenericType: true } && b.GetGenericTypeDefinition() == typeof(AbstractValidator<>)).Select(b => b!.GetGenericArguments()[0]).ToHashSet();
        foreach (var command in Decisions().Select(m => m.GetParameters()[0].ParameterType).Distinct().Where(t => !t.IsAssignableTo(typeof(Document))))
            if (command.GetProperties(BindingFlags.Public | BindingFlags.Instance).Any(p => p.PropertyType == typeof(string) || p.PropertyType.IsAssignableTo(typeof(System.Collections.IEnumerable))))
                validated.ShouldContain(command);
    }

    [Fact]
    public void events_are_sealed_records_of_plain_values_under_the_approved_names()
    {
        var registry = Registry();
        foreach (var (alias, type) in registry.Types)
        {
            (type.IsSealed && type.GetMethod("<Clone>$") is not null).ShouldBeTrue($"{alias} is no sealed record");
            foreach (var property in type.GetProperties())
                (property.SetMethod is null || property.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Length > 0).ShouldBeTrue($"{type}.{property.Name} can be changed");
        }
        // Removing or renaming a line here would make stored events unreadable; new names are added.
        var approved = File.ReadAllLines(Path.Combine(Source.Root, "tests", "Crm.Architecture.Tests", "aliases.approved.txt")).Where(l => l.Length > 0).ToList();
        registry.Types.Keys.Order(StringComparer.Ordinal).ShouldBe(approved.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void projections_have_names_of_their_own_and_are_declared_once()
    {
        using var database = NpgsqlDataSource.Create("Host=unused");
        var store = CrmHost.OpenStore(database, TimeZoneInfo.Utc, TimeProvider.System);
        var shards = store.Projections.Async.Concat(store.Projections.Inline).Select(p => p.ShardName).ToList();
        shards.Distinct().Count().ShouldBe(shards.Count);
        foreach (var projection in store.Projections.Async.Concat(store.Projections.Inline))
            foreach (var type in projection.Events)
                Should.NotThrow(() => store.Events.Alias(type), $"{projection.Name} reads {type}, which is not registered");
    }

    private static EventRegistry Registry()
    {
        using var database = NpgsqlDataSource.Create("Host=unused");
        return CrmHost.OpenStore(database, TimeZoneInfo.Utc, TimeProvider.System).Events;
    }

    private static string Name(MethodInfo method) => $"{method.DeclaringType}.{method.Name}";
}
