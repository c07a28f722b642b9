using Crm.EventStore;
using Crm.Http;
using Npgsql;

namespace Crm.Customers;

/// <summary>Segments among the filters of the list: <c>segment = "id"</c> stands for the filter of the segment, or for those who were settled in it.</summary>
internal static class SegmentFilter
{
    private static readonly HashSet<string> NamesPersons = ["name", "shortName", "parentName", "nextFollowUpGoal", "segment", "settledIn"];

    /// <summary>What a segment stands for, null if there is none. Whoever knows the id of somebody's private segment learns of no customer that he does not see anyway.</summary>
    public static Filter? Of(Guid segment, DocumentStore store)
    {
        // Filters are written into a statement without waiting; a row by its key is the price of one that names a segment.
        using var connection = store.DataSource.OpenConnection();
        using var command = new NpgsqlCommand("select filter, frozen from customer.segment_filters where segment_id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = segment });
        using var reader = command.ExecuteReader();
        return !reader.Read() ? null
            : reader.GetBoolean(1) ? new Filter.Compare("settledIn", Comparator.Has, new Operand.Literal(segment.ToString(), Quoted: true), 0, 0)
            : Filter.Parse(reader.GetString(0));
    }

    /// <summary>Why a filter cannot be a segment's, or null.</summary>
    /// <exception cref="ProblemException">400: it is no filter over customers, or not one the caller may use.</exception>
    public static Rejection? Fault(string text, CommandScope scope)
    {
        try
        {
            var filter = Filter.Parse(text);
            var fields = CustomerList.Source(scope.Store).Fields;
            if (Speaks(filter, fields, Access.Of(scope.Http).Picture.Fields.Personal)) return SegmentErrors.Personal;
            FilterSql.Write(filter, fields.For(Access.Of(scope.Http), "customers"), new SqlParameters(), new(scope.Now.At, scope.Store.TimeZone));
            return null;
        }
        catch (QueryException e)
        {
            throw e.ToProblem("body");
        }
    }

    private static bool Speaks(Filter filter, FieldMap fields, IReadOnlySet<string> own) => filter switch
    {
        Filter.And all => all.Terms.Any(t => Speaks(t, fields, own)),
        Filter.Or any => any.Terms.Any(t => Speaks(t, fields, own)),
        Filter.Not not => Speaks(not.Term, fields, own),
        Filter.Search => true,
        Filter.Compare compare => NamesPersons.Contains(compare.Path) || own.Any(f => compare.Path == f || compare.Path.StartsWith(f + ".", StringComparison.Ordinal)) || (fields.Fields.TryGetValue(compare.Path.Split('.')[0], out var field) && field.Personal),
        _ => false,
    };
}
