import './record-outline.css';

const Lines = () => <div><span className="outline" /><span className="outline" /><span className="outline" /><span className="outline" /></div>;

/** What stands where a record will be until its script and its data are here; index.html has the same before there is any script. */
export const RecordOutline = () => (
  <div className="record-outline" aria-busy="true">
    <div className="record-outline__head"><span className="outline" /><span className="outline" /></div>
    <div className="record-outline__body"><Lines /><Lines /><Lines /></div>
  </div>
);
