"""Names that the request classes of Alipay's official SDKs have and the Auto Debit pages lack, by the model they stand in.

With ``UnknownFields=known`` (the default) they pass at their place as JSON, unchanged: no source gives their rules for
this product. What stands inside their values is not looked at.

Sources: the classes of the same names in the SDKs for Java 2.2.8, PHP 1.5.5 and Python 1.7.1; a request model goes by the
operation's class (``PayRequest`` is ``AlipayPayRequest``). Where a group says no more, all three have it.
A test compares the table with the installed Python SDK.
"""

from collections.abc import Mapping

_ENV = (
    "browserInfo colorDepth deviceBrand deviceLanguage deviceModel screenHeight screenWidth"
    " storeTerminalId storeTerminalRequestTime timeZoneOffset"
)

_TABLE = {
    "Address": ("country",),  # Python
    "Attachment": ("fileKey",),
    "Buyer": (  # Python
        "businessAddress businessName buyerType dateOfFirstPaidPurchase dateOfLastPaidPurchase preferredLocales"
        " successfulOrderAmount taxIds",
    ),
    "ConsultEnv": (_ENV, "clientIp cookieId deviceId deviceTokenId extendInfo userAgent"),  # the SDKs' Env
    "ConsultRequest": ("amount directDebitInfo",),  # Python: Alipay's periodic debits
    "CreditPayPlan": ("interestRate", "filteredInstallmentPeriods"),  # the second: Java
    "Env": (_ENV,),
    "Goods": (
        "crossSell goodsDiscountAmount goodsEndsOnTime goodsImageUrl goodsSkuName priceId",
        "taxBehavior taxCode",  # Python
    ),
    "Merchant": ("accountLastModified merchantCountryCode merchantUrl numberOfTrades",),  # Python
    "Order": (
        "declaration gaming lodging needDeclaration orderDiscountAmount orderType subTotalOrderAmount transit",
        "checkoutJwt paymentAmount sendReceipt taxCalculationId",  # Python
    ),
    "PaymentMethod": ("customerId funding paymentMethodMetaData requireIssuerAuthentication",),
    "PayRequest": (
        "customizedInfo dualOfflinePayment env extendInfo isAuthorization merchant merchantRegion metadata payToMethod"
        " paymentFactor paymentQuote paymentVerificationData processingAmount subscriptionId subscriptionInfo",
        "locale",  # Python
        "taxCalculationId",  # Java, PHP
    ),
    "RefundRequest": ("goods splitDetails",),  # Python
    "Shipping": (
        "deliveryEstimate notes shippingDescription shippingFee shippingFeeId shippingNumber",
        "taxBehavior taxCode trackingUrl",  # Python
    ),
}

KNOWN_NAMES: Mapping[str, frozenset[str]] = {
    model: frozenset(name for group in groups for name in group.split()) for model, groups in _TABLE.items()
}
"""Name of a request model to the wire names that it does not have itself."""
