using Crm.EventStore;
using Crm.Testing;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shouldly;
using Xunit;

namespace Crm.Identity.Tests;

public sealed class keys_that_sign(CrmApp app) : IClassFixture<CrmApp>
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task the_next_key_is_published_before_its_turn_and_the_last_one_kept_for_what_it_signed()
    {
        await using var database = NpgsqlDataSource.Create(app.ConnectionString);
        var clock = new Clock();
        var store = new DocumentStore(new StoreOptions { DataSource = database, Clock = clock });
        var protection = app.Services.GetRequiredService<IDataProtectionProvider>();
        SigningKeys Node() => new(database, store, protection);

        var first = (await Node().CurrentAsync(Ct)).KeyId;
        (await Node().PublishedAsync(Ct)).Select(k => k.KeyId).ShouldBe([first]);

        clock.Ahead = SigningKeys.Period - TimeSpan.FromHours(12);
        var node = Node();
        var published = (await node.PublishedAsync(Ct)).Select(k => k.KeyId).ToList();
        published.Count.ShouldBe(2);
        (await node.CurrentAsync(Ct)).KeyId.ShouldBe(first);
        // Nodes that find it due at once agree.
        var others = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => (await Node().PublishedAsync(Ct)).Select(k => k.KeyId).ToList()));
        foreach (var other in others) other.ShouldBe(published);

        clock.Ahead = SigningKeys.Period + TimeSpan.FromMinutes(30);
        (await node.CurrentAsync(Ct)).KeyId.ShouldBe(published[1]);
        (await node.FindAsync(first, Ct)).ShouldNotBeNull();

        clock.Ahead = SigningKeys.Period + SigningKeys.KeptAfter + TimeSpan.FromMinutes(30);
        (await Node().FindAsync(first, Ct)).ShouldBeNull();
        (await Node().CurrentAsync(Ct)).KeyId.ShouldBe(published[1]);

        // After a long sleep there is a key at once.
        clock.Ahead = SigningKeys.Period * 5;
        published.ShouldNotContain((await Node().CurrentAsync(Ct)).KeyId);
    }

    [Fact]
    public async Task private_keys_are_stored_protected()
    {
        await using var database = NpgsqlDataSource.Create(app.ConnectionString);
        await using var command = database.CreateCommand("select private_key from identity.signing_keys limit 1");
        var stored = (byte[])(await command.ExecuteScalarAsync(Ct))!;
        using var key = System.Security.Cryptography.ECDsa.Create();
        Should.Throw<System.Security.Cryptography.CryptographicException>(() => key.ImportPkcs8PrivateKey(stored, out _));
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
    }
}
