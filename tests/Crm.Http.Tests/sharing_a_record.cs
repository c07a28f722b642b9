using Crm.Contracts;
using Crm.Testing;
using Xunit;

namespace Crm.Http.Tests;

public sealed class sharing_a_record : Spec
{
    private static readonly Guid Anna = Guid.Parse("01900000-0000-7000-8000-0000000000a1");
    private static readonly Guid East = Guid.Parse("01900000-0000-7000-8000-0000000000d1");
    private static readonly Share First = new(Guid.Parse("01900000-0000-7000-8000-0000000000e1"), Anna, null, ShareLevel.Read);
    private static readonly AccessPicture Picture = new([new(Anna, ["sales"], East, true)], [new(East, "东区", null)], [], []);

    private static Outcome When(ShareRecord command, params Share[] shares) => new(Sharing.Decide(command, shares, Picture, Now));

    [Fact]
    public void opens_it_to_a_person_or_a_department()
    {
        When(new ShareRecord(Anna, null, ShareLevel.Read)).Then(new RecordShared(Now.NewId, Anna, null, ShareLevel.Read));
        When(new ShareRecord(null, East, ShareLevel.Change), First).Then(new RecordShared(Now.NewId, null, East, ShareLevel.Change));
    }

    [Fact]
    public void replaces_the_share_of_the_same_one()
    {
        When(new ShareRecord(Anna, null, ShareLevel.Read), First).ThenNothing();
        When(new ShareRecord(Anna, null, ShareLevel.Change), First).Then(new RecordUnshared(First.Id), new RecordShared(Now.NewId, Anna, null, ShareLevel.Change));
    }

    [Fact]
    public void is_refused_with_nobody_or_too_many()
    {
        When(new ShareRecord(East, null, ShareLevel.Read)).Rejects("unknown_user");
        When(new ShareRecord(null, Anna, ShareLevel.Read)).Rejects("unknown_department");
        When(new ShareRecord(null, East, ShareLevel.Read), [.. Enumerable.Range(0, 50).Select(i => First with { UserId = new Guid(i + 1, 0, 0, new byte[8]) })]).Rejects("too_many");
    }

    [Fact]
    public void is_taken_back_once()
    {
        new Outcome(Sharing.Decide(First.Id, [First])).Then(new RecordUnshared(First.Id));
        new Outcome(Sharing.Decide(First.Id, [])).Rejects("not_found");
    }
}
