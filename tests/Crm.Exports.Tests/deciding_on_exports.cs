using Crm.Contracts;
using Shouldly;
using Xunit;

namespace Crm.Exports.Tests;

public sealed class deciding_on_exports
{
    private static readonly DateTimeOffset Expires = new(2026, 12, 5, 0, 0, 0, TimeSpan.Zero);
    private static readonly RequestExport Wanted = new("customers", ExportFormat.Xlsx, null, [Guid.NewGuid(), Guid.NewGuid()], null, "phone = \"13800000000\"", null, null, null, "盘点");

    [Fact]
    public void nothing_of_what_is_looked_for_is_in_the_event() => RequestExportFeature.Decide(Wanted, ["name"], 4, Expires).Events.ShouldBe(
        [new RecordsExportRequested("customers", ExportFormat.Xlsx, ["name"], 2, Expires)], new ByText());

    [Fact]
    public void a_sixth_at_once_is_refused() => RequestExportFeature.Decide(Wanted, ["name"], 5, Expires).Rejection!.Code.ShouldBe("too_many_exports");

    [Theory]
    [InlineData(0, 1, null)]
    [InlineData(1, 1, null)]
    [InlineData(2, 0, "export_finished")]
    [InlineData(3, 0, "export_finished")]
    [InlineData(4, 0, null)]
    public void only_what_is_not_finished_can_be_cancelled(int status, int events, string? refused)
    {
        var decision = CancelExportFeature.Decide(new CancelExport(), new Export { Status = (ExportStatus)status });
        (decision.Rejection?.Code, decision.Rejection is null ? decision.Events.Count : 0).ShouldBe((refused, events));
        if (events == 1) decision.Events[0].ShouldBe(new RecordsExportEnded(null));
    }

    /// <summary>Arrays are compared by what is in them.</summary>
    private sealed class ByText : IEqualityComparer<object>
    {
        public new bool Equals(object? x, object? y) => System.Text.Json.JsonSerializer.Serialize(x) == System.Text.Json.JsonSerializer.Serialize(y);

        public int GetHashCode(object obj) => 0;
    }
}
