import { useEffect, useRef, useState } from 'react';
import type { Attachment } from '@/lib/api-types';
import { downloadAddress } from '@/lib/http';
import { contentPath } from './attachment-links';

/** The content travels whole and is made small by the browser: larger ones keep their symbol. */
const most = 2 << 20;
const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

export const isPicture = (attachment: Attachment) => pictures.has(attachment.contentType) && attachment.size <= most;

/** A small picture beside its name. It is fetched when it comes into view and not before: who looked is written into the access ledger, and who did not must not be. */
export const Thumbnail = ({ customerId, attachment }: { customerId: string; attachment: Attachment }) => {
  const place = useRef<HTMLImageElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!place.current || !('IntersectionObserver' in window)) return;
    const observer = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) { setSeen(true); observer.disconnect(); } });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  // Beside its name it says nothing more to whoever does not see it.
  return <img ref={place} className="attachment__thumbnail" alt="" decoding="async" src={seen ? downloadAddress(`${contentPath(customerId, attachment)}/preview`) : undefined} />;
};
