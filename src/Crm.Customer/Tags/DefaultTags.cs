using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;
using Microsoft.Extensions.Hosting;

namespace Crm.Customers;

/// <summary>
/// Gives a new installation the tags of S015–S018 by the same decision as <c>POST /tags</c>, with the thresholds of X6. Their identities are fixed, so that
/// nodes that start together make them once.
/// </summary>
internal sealed class DefaultTags(DocumentStore store) : IHostedService
{
    /// <summary>What people ask for; codes of the page and the words of organisations that write their own.</summary>
    public static readonly string[] InquiryTypes = ["consultation", "inquiry", "咨询", "询盘"];

    /// <summary>Complaints, in both ways.</summary>
    public static readonly string[] ComplaintTypes = ["complaint", "投诉"];

    /// <summary>The tags in the order of their identities.</summary>
    public static IReadOnlyList<DefineTag> All { get; } =
    [
        new("高价值客户", "value", "gold", [new(TagConditionKind.WonAmount, AtLeast: 100_000, Days: 365)]),
        new("潜力客户", "value", "green", [new(TagConditionKind.TicketsOpened, AtLeast: 3, Days: 90, Values: InquiryTypes)]),
        new("长期未跟进", "status", "orange", [new(TagConditionKind.FollowUpOverdue, Times: 2)]),
        new("投诉中", "status", "red", [new(TagConditionKind.OpenTickets, AtLeast: 1, Values: ComplaintTypes)]),
        // There are no contracts to renew yet: an open opportunity with somebody who has bought is what a renewal looks like.
        new("续约洽谈中", "status", "blue", [new(TagConditionKind.OpenOpportunities, AtLeast: 1), new(TagConditionKind.Lifecycle, Values: ["won"])]),
        new("采购意向", "need", "cyan"),
        new("售后咨询", "need", "purple"),
        new("试用申请", "need", "blue"),
    ];

    /// <summary>The identity of a default tag.</summary>
    public static Guid Id(int index) => Guid.Parse("0190a000-0000-7000-8000-0000000001" + (index + 1).ToString("x2", System.Globalization.CultureInfo.InvariantCulture));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (await store.Query.FetchStreamStateAsync(Id(i), cancellationToken) is not null) continue;
            await using var session = store.OpenSession(new EventContext("system", "setup"));
            session.StartStream<Tag>(Id(i), DefineTagFeature.Decide(All[i], new Now(session.Now, store.DayOf(session.Now), "system", Id(i))).Events);
            try
            {
                await session.SaveChangesAsync(cancellationToken);
            }
            catch (ExistingStreamIdCollisionException)
            {
                // Another node started at the same time and was first.
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
